"""Panels of plugins: data that is shown, whatever a plugin does; never a script, and never in another's way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.acme import put
from dashboard.serving import Served, served
from kit.mutants import catalog_of
from report.browser import browser, needs_browser
from tradewind.api import CommandSpec, PanelSpec
from tradewind.config.schema import Settings
from tradewind.live.board.panels import LONGEST, MOST_ROWS, checked_rows
from tradewind.live.worker.serve import Answerer

OWN = "acme-panels:"


@pytest.fixture(scope="module")
def shown(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a dashboard that has found the plugin."""
    place = tmp_path_factory.mktemp("acme")
    put(place)
    with served(kept, PYTHONPATH=str(place)) as one:
        yield one


def test_panels_are_listed_with_what_they_show(shown: Served) -> None:
    listed = {one["name"]: one for one in shown.get("/panels")}

    assert {f"{OWN}{name}" for name in ("rows", "line", "facts", "hangs", "raises", "strange")} <= set(listed)
    assert (listed[f"{OWN}line"]["shows"], listed[f"{OWN}line"]["columns"]) == ("series", ["time_ms", "equity"])
    assert listed[f"{OWN}rows"]["distribution"] == "acme-panels"


def test_rows_are_those_of_the_session_and_no_more_than_can_be_shown(shown: Served) -> None:
    told = shown.get(f"/sessions/1/panels/{OWN}line")
    equity = shown.get("/sessions/1/equity")
    assert told["error"] == ""
    assert [{"time_ms": one["time_ms"], "equity": float(one["equity"])} for one in equity][:MOST_ROWS] == told["rows"]
    assert len(shown.get(f"/sessions/1/panels/{OWN}rows")["rows"]) == MOST_ROWS


def test_a_panel_that_fails_hangs_or_answers_strangely_says_so_and_holds_up_nobody(shown: Served) -> None:
    late, busy = "it took longer than 2 s", "it is still busy with an earlier question"
    deadline = time.monotonic() + 60.0
    while (told := shown.get(f"/sessions/1/panels/{OWN}hangs"))["error"] == busy:  # another test may have asked it
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert told == {"rows": [], "error": late}
    begun = time.monotonic()
    assert shown.get(f"/sessions/1/panels/{OWN}hangs")["error"] == busy
    assert "RuntimeError" in shown.get(f"/sessions/1/panels/{OWN}raises")["error"]
    assert "expected text, a finite number" in shown.get(f"/sessions/1/panels/{OWN}strange")["error"]
    assert shown.get(f"/sessions/1/panels/{OWN}facts")["error"] == ""
    assert time.monotonic() - begun < 15.0


@pytest.mark.parametrize("name", ["no-such", "acme-panels:no-such", "..%2f..%2fetc", "x" * 500])
def test_a_panel_that_is_not_there_is_not_found(shown: Served, name: str) -> None:
    assert shown.ask("GET", f"/api/v1/sessions/1/panels/{name}", Cookie=shown.cookie()).status == 404
    assert shown.ask("GET", f"/api/v1/sessions/999/panels/{OWN}facts", Cookie=shown.cookie()).status == 404


def test_a_plugin_of_nothing_but_panels_is_never_loaded_where_the_keys_are() -> None:
    panel = PanelSpec(name="rows", summary="Rows.", title="Rows", columns=("a",), factory="acme.rows:Rows")
    command = CommandSpec(name="task", summary="A task.", factory="acme.task:task")

    assert Answerer(Settings(), catalog_of(("panels", panel)))._kept_out() == ["acme"]
    assert Answerer(Settings(), catalog_of(("panels", panel), ("commands", command)))._kept_out() == []


@needs_browser
def test_what_a_plugin_says_is_shown_as_text(shown: Served, tmp_path: Path) -> None:
    with browser(tmp_path) as tab:
        tab.window(1280, 1600)
        tab.open(shown.link)
        tab.until("document.documentElement.dataset.opened")
        tab.value("window.location.hash = 'plugins'")
        tab.until("document.documentElement.dataset.opened === 'plugins'")
        text = tab.value("document.getElementById('plugin-panels').innerText")
        assert text.count("<img src=x") > MOST_ROWS
        assert "It shows nothing: RuntimeError" in text
        assert tab.value("document.querySelectorAll('#plugin-panels img, #plugin-panels script').length") == 0
        assert tab.value("document.querySelectorAll('#plugin-panels canvas').length") > 0
        assert tab.value("document.title") == "Tradewind"
        assert tab.complaints == []


NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | st.text() | NUMBERS
STRANGE = st.sampled_from([object(), b"bytes", [1], {"a": 1}, float("nan"), float("inf"), 2**60, 1j])


@given(rows=st.lists(st.fixed_dictionaries({"a": PLAIN, "b": PLAIN}), max_size=5))
def test_plain_rows_are_shown_as_they_are_but_for_their_length(rows: list[dict[str, Any]]) -> None:
    found = checked_rows(rows, ("a", "b"))

    assert [list(one) for one in found] == [["a", "b"]] * len(rows)
    for one, other in zip(rows, found, strict=True):
        for name, value in one.items():
            assert other[name] == value or (isinstance(value, str) and len(other[name]) <= LONGEST)


@given(value=STRANGE)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected text, a finite number, a boolean or None"):
        checked_rows([{"a": value}], ("a",))


@pytest.mark.parametrize("row", [{}, {"b": 1}, {"a": 1, "b": 2}, "a", None, [("a", 1)]])
def test_rows_with_other_columns_are_refused(row: Any) -> None:
    with pytest.raises(ValueError, match="expected a"):
        checked_rows([row], ("a",))
