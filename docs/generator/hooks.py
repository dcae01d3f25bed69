"""The page of hooks, made from the hook specifications."""

from __future__ import annotations

import inspect
from typing import Final

from generator.docstring import joined, parse

from tradewind.plugins import hookspecs
from tradewind.plugins.specs import KINDS

_HEAD: Final = """# Hooks

A plugin is a distribution with an entry point in the group `tradewind`:

```toml
[project.entry-points.tradewind]
my-idea = "my_idea.plugin"
```

The module it names holds functions marked with `@hookimpl`. Hooks declare, notify and look up; they never compute, and
none is called per bar. That module may import `tradewind` and `tradewind.api` and nothing heavier: records name their
implementations by path, and those are imported when they are used.

A function whose name begins with `tradewind_` and is no hook, or is not marked, makes the plugin `broken` with TW-P006.
The records that hooks return are described in [Records](records.md).
"""


def page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD]
    names = [name for name in vars(hookspecs) if name.startswith("tradewind_")]
    for name in names:
        hook = getattr(hookspecs, name)
        doc = parse(hook)
        signature = str(inspect.signature(hook)).replace("'", "")
        lines += [f"## `{name}`", "", doc.summary, "", "```python", f"def {name}{signature}: ...", "```", ""]
        kind = KINDS.get(name.removeprefix("tradewind_"))
        lines += [doc.body, ""]
        if kind is not None:
            lines += [f"Returns: records of class [`{kind.__name__}`](records.md#{kind.__name__.lower()}).", ""]
        elif getattr(hook, "tradewind_spec", {}).get("firstresult"):
            lines += ["Returns: the first answer that is not `None` is taken.", ""]
        else:
            lines += ["Returns: nothing.", ""]
    return joined(lines)
