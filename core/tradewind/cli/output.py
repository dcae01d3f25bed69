"""Files that commands write where they are told to."""

from __future__ import annotations

from pathlib import Path

from tradewind.errors import UsageError


def check_writable(name: str | None, endings: tuple[str, ...] = ()) -> None:
    """
    Refuse a file that cannot be written before the work, not after it.

    Args:
        name: The file that was named; None and `-` are no file.
        endings: What its name may end in; none given means anything.

    Raises:
        UsageError: TW-U007.
    """
    if name in {None, "-"}:
        return
    path = Path(str(name))
    if endings and path.suffix not in endings:
        raise UsageError(
            f"the file was {name}, expected a name that ends in {' or '.join(endings)}.",
            code="TW-U007",
            hint="The ending tells the form.",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"{name} cannot be written: " + ("it is a folder." if path.is_dir() else "its folder does not exist."),
            code="TW-U007",
            hint="Name a file in a folder that exists.",
        )


def write_text(path: Path, text: str) -> None:
    """
    Write a file whole or not at all.

    Raises:
        UsageError: TW-U007 when it cannot be written.
    """
    from tradewind.cache.atomic import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", code="TW-U007") from error
