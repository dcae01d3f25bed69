"""The venue's errors: HTTP status, code and message (errors.md)."""

from typing import Any, NoReturn


class Refusal(Exception):  # noqa: N818  # it is an answer of the venue, not a fault of ours
    """
    A request that is answered with an error.

    Args:
        code: The venue's code, e.g. -2010.
        message: Its words.
        status: The HTTP status.
        data: The `data` member of a cancel-replace error.
    """

    def __init__(self, code: int, message: str, status: int = 400, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        answer: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            answer["data"] = self.data
        return answer


def reject(message: str) -> NoReturn:
    """Refuse a new order as the matching engine does (-2010)."""
    raise Refusal(-2010, message)


def filter_failure(name: str) -> NoReturn:
    """Refuse what a filter does not let pass (-1013)."""
    raise Refusal(-1013, f"Filter failure: {name}")


def missing(name: str) -> Refusal:
    """Return the error of a mandatory parameter that is not there (-1102)."""
    return Refusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def superfluous(name: str) -> Refusal:
    """Return the error of a parameter that this kind of order does not take (-1106)."""
    return Refusal(-1106, f"Parameter '{name}' sent when not required.")


def invalid(name: str) -> Refusal:
    """Return the error of a parameter whose value cannot be meant (-1130)."""
    return Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")
