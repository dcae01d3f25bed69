"""A plugin with panels, of which some are not as they should be; it is put where packages are found."""

from __future__ import annotations

from pathlib import Path

HOSTILE = "<img src=x onerror=\\\"document.title='owned'\\\">"

DECLARATION = f'''
from tradewind import hookimpl
from tradewind.api import PanelSpec


def of(name, shows, *columns):
    return PanelSpec(name=name, summary="{HOSTILE}", title="{HOSTILE} " + name, shows=shows, columns=columns,
                     factory="acme_panels.panels:" + name.capitalize())


@hookimpl
def tradewind_panels():
    yield of("rows", "table", "symbol", "profit")
    yield of("line", "series", "time_ms", "equity")
    yield of("facts", "figures", "name", "value")
    yield of("hangs", "table", "a")
    yield of("raises", "table", "a")
    yield of("strange", "table", "a")
'''

PANELS = f'''
import time


class Rows:
    def rows(self, view):
        trades = view.trades()
        return [{{"symbol": "{HOSTILE}", "profit": float(one["pnl"])}} for one in trades] * 100


class Line:
    def rows(self, view):
        return [{{"time_ms": one["time_ms"], "equity": float(one["equity"])}} for one in view.equity()]


class Facts:
    def rows(self, view):
        return [{{"name": "trades", "value": len(view.trades())}}, {{"name": "open", "value": "{HOSTILE}"}}]


class Hangs:
    def rows(self, view):
        time.sleep(20)
        return []


class Raises:
    def rows(self, view):
        raise RuntimeError("{HOSTILE}")


class Strange:
    def rows(self, view):
        return [{{"a": object()}}]
'''


def put(folder: Path) -> None:
    """Write the distribution into a folder of the search path."""
    package, facts = folder / "acme_panels", folder / "acme_panels-1.0.dist-info"
    package.mkdir(parents=True)
    facts.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(DECLARATION)
    (package / "panels.py").write_text(PANELS)
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-panels\nVersion: 1.0\nRequires-Dist: tradewind<1,>=0.1\n"
    )
    (facts / "entry_points.txt").write_text("[tradewind]\nacme = acme_panels.plugin\n")
    (facts / "RECORD").write_text("")
