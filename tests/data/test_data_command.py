"""`tradewind data` does what it says, says what it did, and ends with the right code."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.histories import hourly
from tradewind.cache.export import write_bars
from tradewind.cli.main import main
from tradewind.cli.progress import progress

DOWNLOAD = ("download", "BTCUSDT", "--source", "synthetic", "--timeframe", "1d", "--start", "2021-01-01")


EXPORT = ("export", "BTCUSDT", "--timeframe", "1d", "--out", "o.csv")


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `tradewind data …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as caught:
            main(["data", *arguments])
        captured = capsys.readouterr()
        code = caught.value.code
        return Ran(int(code or 0), captured.out, captured.err)

    return run


def month_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("data/cache/*/*/*/*.parquet"))


def test_a_download_is_cached_and_not_repeated(data: Any, tmp_path: Path) -> None:
    first = data(*DOWNLOAD, "--end", "2021-04-01", "--json")
    assert (first.code, first.json["histories"]) == (
        0,
        [{"symbol": "BTCUSDT", "timeframe": "1d", "fetched": 90, "cached": 90}],
    )
    assert data(*DOWNLOAD, "--end", "2021-04-01", "--json").json["histories"][0]["fetched"] == 0
    again = data(*DOWNLOAD, "--end", "2021-05-01")
    assert again.out == "BTCUSDT 1d from synthetic: 30 bars fetched, 120 of the span cached\n"
    assert len(month_files(tmp_path)) == 4


def test_progress_is_plain_lines_on_stderr_without_a_terminal(data: Any) -> None:
    ran = data(*DOWNLOAD, "--end", "2021-02-01", "--json")
    assert "BTCUSDT 1d from synthetic: 100%" in ran.err
    assert ran.json["source"] == "synthetic"


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress("fetching", 4) as update:
        for _ in range(4):
            update(1)
    assert "100%" in capsys.readouterr().err


def test_other_settings_of_a_source_are_cached_apart(data: Any, tmp_path: Path) -> None:
    data(*DOWNLOAD, "--end", "2021-02-01")
    (tmp_path / "tradewind.toml").write_text("[sources.synthetic]\nseed = 5\n")
    data(*DOWNLOAD, "--end", "2021-02-01")
    names = [row["source"] for row in data("list", "--json").json]
    assert len(set(names)) == 2
    assert all(name.startswith("synthetic") for name in names)


def test_list_and_status_tell_what_is_there(data: Any) -> None:
    assert data("list").err == "Nothing is cached.\n"
    assert data("status", "--json").json["histories"] == 0
    data(*DOWNLOAD, "--end", "2021-03-01")
    (row,) = data("list", "--json").json
    assert (row["rows"], row["first"], row["last"]) == (59, "2021-01-01T00:00:00+00:00", "2021-02-28T00:00:00+00:00")
    assert "59 bars" in data("list", "--symbol", "BTCUSDT").out
    assert data("list", "--symbol", "ETHUSDT", "--json").json == []
    status = data("status", "--json").json
    assert (status["bars"], status["damaged"], status["folder"]) == (59, 0, "data/cache")
    assert "59 bars" in data("status").out


def test_a_history_that_was_asked_for_in_vain_is_listed_as_such(data: Any) -> None:
    arguments = [*DOWNLOAD[:-1], "2026-01-01"]
    assert data(*arguments).out == "BTCUSDT 1d from synthetic: 0 bars fetched, 0 of the span cached\n"
    assert data("list").out == "synthetic  BTCUSDT 1d  asked for, no bars so far\n"


def test_check_finds_damage_and_repair_fetches_it_again(data: Any, tmp_path: Path) -> None:
    data(*DOWNLOAD, "--end", "2021-04-01")
    assert data("check").code == 0
    file = month_files(tmp_path)[1]
    file.write_bytes(b"damage")
    found = data("check", "--json")
    assert (found.code, found.json["damaged_files"]) == (1, 1)
    assert file.name in data("check").out
    mended = data("repair", "--json")
    assert mended.code == 0
    assert mended.json["repaired"][0]["fetched"] == 28
    assert data("check").code == 0
    assert data("list", "--json").json[0]["rows"] == 90
    assert data("repair").out == "Nothing is damaged.\n"


def test_a_damaged_manifest_is_listed_and_repaired(data: Any, tmp_path: Path) -> None:
    data(*DOWNLOAD, "--end", "2021-04-01")
    next(tmp_path.glob("data/cache/*/*/*/manifest.json")).write_text("{}")
    assert "damaged" in data("list").out
    assert "damaged manifest" in data("status").out
    assert data("check").code == 1
    assert "moved aside" in data("repair").out
    assert data("list", "--json").json[0]["rows"] == 90


def test_repair_says_why_nothing_could_be_fetched(data: Any, tmp_path: Path) -> None:
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 50))
    data("import", "BTCUSDT-1h.csv", "--source", "elsewhere")
    month_files(tmp_path)[0].write_bytes(b"damage")
    assert "no installed plugin offers the source 'elsewhere'" in data("repair").out
    data(*DOWNLOAD, "--end", "2021-02-01")
    month_files(tmp_path)[0].write_bytes(b"damage")
    assert data("repair", "--no-fetch", "--json").json["repaired"][0]["fetched"] == 0


def test_clear_asks_or_wants_yes(data: Any, tmp_path: Path) -> None:
    data(*DOWNLOAD, "--end", "2021-02-01")
    for refused in (data("clear"), data("clear", "--all")):
        assert refused.code == 2
        assert "TW-U008" in refused.err
    assert len(month_files(tmp_path)) == 1
    assert data("clear", "--symbol", "ETHUSDT", "--yes").out.startswith("0 histories removed")
    cleared = data("clear", "--all", "--yes", "--json")
    assert cleared.json["cleared"][0]["symbol"] == "BTCUSDT"
    assert not month_files(tmp_path)


def test_import_stands_for_a_sources_answer_and_export_gives_it_back(data: Any, tmp_path: Path) -> None:
    bars = hourly(0, 200, without={7, 8})
    write_bars(tmp_path / "BTCUSDT-1h-a.csv", bars.rows(0, 100))
    write_bars(tmp_path / "BTCUSDT-1h-b.parquet", bars.rows(90, 198))
    ran = data("import", "BTCUSDT-1h-a.csv", "BTCUSDT-1h-b.parquet", "--source", "venue", "--json")
    assert ran.json["imported"] == [{"source": "venue", "symbol": "BTCUSDT", "timeframe": "1h", "rows": 198}]
    (row,) = data("list", "--json").json
    assert (row["rows"], row["gaps"], row["missing"]) == (198, 1, 2)
    assert "imported" in data("import", "BTCUSDT-1h-a.csv", "--source", "venue").out


def test_a_bad_file_is_not_imported_and_nothing_is_written(data: Any, tmp_path: Path) -> None:
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 20))
    (tmp_path / "ETHUSDT-1h.csv").write_text("timestamp,open,high,low,close,volume\n2024-01-01,1,NaN,1,1,1\n")
    ran = data("import", "BTCUSDT-1h.csv", "ETHUSDT-1h.csv", "--source", "venue")
    assert ran.code == 2
    assert "ETHUSDT-1h.csv, line 2" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["gone.csv", "notes.csv"])
def test_a_file_that_says_nothing_is_not_imported(data: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.csv").write_text("x")
    ran = data("import", name, "--source", "venue")
    assert (ran.code, "TW-U007" in ran.err) == (2, True)


@pytest.mark.parametrize(("source", "words"), [("", "--source was empty"), ("../../x", "'../../x', expected letters")])
def test_bars_are_imported_for_a_source_with_a_name_only(data: Any, tmp_path: Path, source: str, words: str) -> None:
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 20))
    ran = data("import", "BTCUSDT-1h.csv", "--source", source)
    assert (ran.code, "TW-U008" in ran.err, words in ran.err) == (2, True, True)
    assert not (tmp_path / "data").exists()


def test_bars_for_a_misspelt_source_are_refused_and_for_one_to_come_kept(data: Any, tmp_path: Path) -> None:
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 20))

    misspelt = data("import", "BTCUSDT-1h.csv", "--source", "sinthetic")
    kept = [path.name for path in tmp_path.iterdir()]
    to_come = data("import", "BTCUSDT-1h.csv", "--source", "venue")

    assert (misspelt.code, "TW-P005" in misspelt.err, "'synthetic'" in misspelt.err) == (2, True, True)
    assert kept == ["BTCUSDT-1h.csv"]
    assert "nothing reads these bars until one does" in to_come.err
    assert to_come.code == 0


def test_export_writes_what_the_source_gives(data: Any, tmp_path: Path) -> None:
    arguments = ("export", "BTCUSDT", "--source", "synthetic", "--timeframe", "1d", "--start", "2021-01-01")
    ran = data(*arguments, "--end", "2021-02-01", "--out", "out.csv", "--json")
    assert ran.json == {
        "file": "out.csv",
        "rows": 31,
        "first": "2021-01-01T00:00:00+00:00",
        "last": "2021-01-31T00:00:00+00:00",
    }
    assert len(pd.read_csv(tmp_path / "out.csv")) == 31
    assert not (tmp_path / "data").exists()
    assert data(*arguments, "--end", "2021-02-01", "--out", "out.txt").code == 2


def test_export_of_the_sample_needs_no_settings(data: Any, tmp_path: Path) -> None:
    assert data("export", "BTCUSDT", "--timeframe", "1d", "--out", "days.parquet").code == 0
    assert len(pd.read_parquet(tmp_path / "days.parquet")) > 1000


def test_the_bars_of_a_source_are_checked(data: Any, tmp_path: Path) -> None:
    whole = ("check", "--bars", "--source", "synthetic", "--symbol", "BTCUSDT", "--timeframe", "1d")
    assert data(*whole, "--start", "2025-10-01").code == 0
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 50, without={9}))
    (tmp_path / "tradewind.toml").write_text('[sources.files]\npath = "."\n')
    ran = data("check", "--bars", "--source", "files", "--symbol", "BTCUSDT", "--timeframe", "1h")
    assert ran.code == 1
    assert "1 bars missing in 1 gaps" in ran.out
    assert data("check", "--bars", "--source", "files").code == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "../../x", "--timeframe", "1d", "--out", "o.csv"), "TW-U001"),
        (("export", "x'; DROP TABLE bars; --", "--timeframe", "1d", "--out", "o.csv"), "TW-U001"),
        (("list", "--symbol", "../x"), "TW-U001"),
        (("export", "BTCUSDT", "--timeframe", "1M", "--out", "o.csv"), "TW-U002"),
        ((*DOWNLOAD, "--end", "2020-01-01"), "TW-U003"),
        ((*DOWNLOAD[:-1], "2999-01-01"), "TW-U004"),
        (("download", "BTCUSDT", "--source", "synthetic", "--timeframe", "1m", "--start", "0001-01-01"), "TW-U005"),
        ((*DOWNLOAD[:-1], "soon"), "TW-U008"),
        (("download", "NOPE", *DOWNLOAD[2:]), "TW-D001"),
        (("export", "NOPE", "--timeframe", "1d", "--out", "o.csv"), "TW-D001"),
        ((*EXPORT, "--start", "2010-01-01", "--end", "2011-01-01"), "TW-D002"),
        (("download", "BTCUSDT", "--source", "nowhere", *DOWNLOAD[4:]), "TW-P005"),
        (("import", ".", "--source", "../../x"), "TW-U007"),
    ],
)
def test_what_cannot_be_is_refused(data: Any, tmp_path: Path, arguments: tuple[str, ...], code: str) -> None:
    ran = data(*arguments)
    assert ran.code == 2
    assert code in ran.err
    assert "Traceback" not in ran.err
    assert not list(tmp_path.iterdir())


def test_a_source_name_that_reaches_out_is_refused(data: Any, tmp_path: Path) -> None:
    write_bars(tmp_path / "BTCUSDT-1h.csv", hourly(0, 20))
    ran = data("import", "BTCUSDT-1h.csv", "--source", "../../x")
    assert (ran.code, "TW-U008" in ran.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["BTCUSDT-1h.csv"]
