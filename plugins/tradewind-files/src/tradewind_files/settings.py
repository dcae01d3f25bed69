"""Settings of the source `files`."""

from __future__ import annotations

from typing import Literal

import attrs

from tradewind.api import one_of, whole, within


def _paths(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))


@attrs.frozen(kw_only=True)
class FilesConfig:
    """
    Settings of `files`.

    Args:
        path: Folder or file, or a list of them, searched in this order; empty for the usual places.
        on_bad_rows: `refuse` a file that holds an impossible bar, or `mask` such bars: they stay and are not traded on.
        max_file_bytes: Largest file that is read, bytes.
        max_rows: Most bars read from one file.
        max_files: Most files looked at in one folder.
    """

    path: str | tuple[str, ...] = attrs.field(default=(), converter=_paths)
    on_bad_rows: Literal["refuse", "mask"] = attrs.field(default="refuse", validator=one_of("refuse", "mask"))
    max_file_bytes: int = attrs.field(default=2_000_000_000, validator=whole(1, 100_000_000_000))
    max_rows: int = attrs.field(default=50_000_000, validator=whole(1, 1_000_000_000))
    max_files: int = attrs.field(default=20_000, validator=whole(1, 10_000_000))

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders and files as a tuple."""
        return _paths(self.path)


@attrs.frozen(kw_only=True)
class SentimentFilesConfig:
    """
    Settings of `senticrypt-files` and `fear-greed-files`.

    Args:
        path: Folder or file, or a list of them, searched in this order; empty for the usual places.
        publish_lag_hours: Hours after the end of a day from which its value may be used.
        max_file_bytes: Largest file that is read, bytes.
        max_files: Most files looked at in one folder.
    """

    path: str | tuple[str, ...] = attrs.field(default=(), converter=_paths)
    publish_lag_hours: float = attrs.field(default=2.0, converter=float, validator=within(0.0, 48.0))
    max_file_bytes: int = attrs.field(default=50_000_000, validator=whole(1, 10_000_000_000))
    max_files: int = attrs.field(default=20_000, validator=whole(1, 10_000_000))

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders and files as a tuple."""
        return _paths(self.path)
