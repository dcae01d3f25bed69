"""Whether a plugin's page tells every setting with its default, in the words of a settings file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs


def written(value: Any) -> str:
    """Return a value as a settings file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(written, value))}]" if isinstance(value, tuple) else repr(value)


def untold(config: Any, page: Path) -> list[str]:
    """Return the settings of a class whose name and default the page's table lacks, or no docstring explains."""
    text = page.read_text("utf-8")
    docs = "\n".join(each.__doc__ or "" for each in config.__mro__ if attrs.has(each))
    rows = {name: f"| `{name}` | `{written(getattr(config(), name))}` |" for name in attrs.fields_dict(config)}
    return [name for name, row in rows.items() if row not in text or f"{name}:" not in docs]
