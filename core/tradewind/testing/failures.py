"""How a check says that a promise is broken."""

from __future__ import annotations


class ContractFailure(AssertionError):  # noqa: N818  # it is a failure of a test, not an error of the kit
    """A component broke a promise; the message says what was and what was promised."""


def require(condition: object, message: str) -> None:
    """
    Go on when the condition holds.

    A plain `assert` would vanish under `python -O`, and with it the check.

    Raises:
        ContractFailure: With this message when it does not.
    """
    if not condition:
        raise ContractFailure(message)
