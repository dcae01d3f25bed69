"""`tradewind health` says whether somebody is told, and what to do when nobody is."""

from __future__ import annotations

from pathlib import Path

from tradewind.cli.context import Context
from tradewind.live.health.findings import Finding, Level
from tradewind.live.health.parts import alert_findings, check_findings


def found(folder: Path, text: str) -> Finding:
    (folder / "tradewind.toml").write_text(text)
    context = Context()
    (only,) = alert_findings(context.settings, context.catalog)
    return only


def test_a_service_that_tells_people_is_named_with_how_to_try_it(folder: Path) -> None:
    finding = found(folder, "[services.alerts]\n[services.metrics]\n")
    assert finding.level is Level.OK
    assert "told by alerts;" in finding.text
    assert "tradewind alerts test" in finding.text


def test_a_service_that_tells_nobody_does_not_count(folder: Path) -> None:
    finding = found(folder, 'executor = "binance"\n[services.metrics]\n')
    assert finding.level is Level.WARNING
    assert "first_url" in finding.todo
    assert "tradewind alerts test" in finding.todo


def test_on_paper_nobody_needs_to_be_told(folder: Path) -> None:
    assert found(folder, "").level is Level.OK


def test_what_a_plugins_check_finds_says_whose_it_is(folder: Path) -> None:
    (folder / ".tradewind").mkdir()
    (folder / ".tradewind" / "alerts.jsonl").write_text(
        '{"what": "queued", "id": "1-1", "title": "Halted", "time_ms": 1}\n'
    )
    context = Context()
    (finding,) = [one for one in check_findings(context.settings, context.catalog) if one.area == "alerts"]
    assert finding.level is Level.ERROR
    assert "1 alerts reached nobody" in finding.text
    assert "tradewind-alerts" in finding.todo
