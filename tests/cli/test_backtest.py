"""`tradewind backtest`: the main job, its options, its files and its exit codes."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from cli.terminal import Tradewind
from tradewind.api import Result
from tradewind.backtest.library import Library
from tradewind.cache.sample import SAMPLES, sample_path

QUICK = ("--no-certificate",)


@pytest.mark.smoke
def test_the_main_job_needs_no_settings_and_says_that_the_sample_is_synthetic(
    tradewind: Tradewind, folder: Path
) -> None:
    said = tradewind("backtest", "adaptive")
    assert said.code == 0, said.err
    for words in ("synthetic", "adaptive", "BTCUSDT", "Sharpe", "drawdown", "No look-ahead", "buy and hold"):
        assert words.lower() in said.out.lower(), words
    stored = list((folder / ".tradewind" / "results").glob("*.json"))
    assert len(stored) == 1
    assert stored[0].name in said.all
    assert stat.S_IMODE(stored[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ".tradewind").stat().st_mode) == 0o700


@pytest.mark.parametrize("asked", [(), ("--timeframe", "1d"), ("--timeframe", "1w", "--days", "700")])
def test_the_sample_is_called_synthetic_whatever_source_finds_it(
    tradewind: Tradewind, folder: Path, asked: tuple[str, ...]
) -> None:
    (folder / "data").mkdir()
    for name in SAMPLES:
        (folder / "data" / name).write_bytes(sample_path(name).read_bytes())

    said = tradewind("backtest", "adaptive", "--source", "files", *asked, *QUICK, "--json", "out.json")

    assert said.code == 0, said.err
    assert "SYNTHETIC bars: these figures say nothing of any market." in said.out
    assert json.loads((folder / "out.json").read_text())["synthetic"] is True


def test_bars_that_are_not_the_sample_s_are_not_called_synthetic(tradewind: Tradewind, folder: Path) -> None:
    (folder / "data").mkdir()
    rows = sample_path().read_text().splitlines()
    # two days later: the same numbers, but of other moments
    moved = [f"{time},{rest}" for time, rest in zip(
        (row.split(",")[0] for row in rows[13:]), (row.split(",", 1)[1] for row in rows[1:]), strict=False
    )]  # fmt: skip
    (folder / "data" / "BTCUSDT_4h.csv").write_text("\n".join([rows[0], *moved]) + "\n")

    said = tradewind("backtest", "adaptive", "--source", "files", *QUICK)

    assert said.code == 0, said.err
    assert "SYNTHETIC" not in said.out


def test_bars_beyond_a_hole_are_told_when_no_dates_were_given(tradewind: Tradewind, folder: Path) -> None:
    (folder / "data").mkdir()
    head, *rows = sample_path().read_text().splitlines()
    # the sample with its prices a little off, and a week of it gone
    off = [",".join([row.split(",")[0], *(f"{float(cell) * 1.5:.4f}" for cell in row.split(",")[1:])]) for row in rows]
    (folder / "data" / "BTCUSDT_4h.csv").write_text("\n".join([head, *off[:2000], *off[2042:]]) + "\n")

    short = tradewind("backtest", "adaptive", "--source", "files", *QUICK)
    whole = tradewind("backtest", "adaptive", "--source", "files", "--start", "2022-01-01", *QUICK)

    assert "BTCUSDT: bars from 2022-01-01T00:00Z on lie before a hole; --start takes them in." in short.out
    assert "lie before a hole" not in whole.out
    assert "SYNTHETIC" not in short.out


def test_json_has_the_documented_shape_and_reads_back_without_loss(tradewind: Tradewind, folder: Path) -> None:
    said = tradewind("backtest", "adaptive", "--json", "out.json", "--days", "400")
    assert said.code == 0, said.err
    text = (folder / "out.json").read_text()
    found = json.loads(text)
    for key in (
        "id", "strategy", "symbols", "timeframe", "start", "end", "metrics", "interval", "certificate", "trades",
        "equity", "inputs",
    ):  # fmt: skip
        assert key in found, key
    assert {"pessimistic", "optimistic", "ambiguous_trades", "break_even_bps"} <= set(found["interval"])
    assert len(found["equity"]["time"]) == len(found["equity"]["value"])
    assert set(found["trades"][0]) >= {
        "symbol", "strategy", "side", "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "fees", "pnl",
        "pnl_pct", "r_multiple", "exit_reason", "bars_held", "mae", "mfe", "ambiguous",
    }  # fmt: skip
    assert found["equity"]["time"][0].endswith(("Z", "+00:00"))
    result = Result.from_json(text)
    assert json.loads(result.to_json()) == found


def test_keys_are_in_nothing_that_a_run_leaves_behind(tradewind: Tradewind, folder: Path) -> None:
    secrets = folder / ".secrets.toml"
    secrets.write_text('[executors.binance]\napi_key = "canary-of-the-key"\n')
    secrets.chmod(0o600)
    said = tradewind("backtest", "adaptive", *QUICK, "--days", "300", "--json", "out.json", "--verbose")
    assert said.code == 0, said.err
    written = [path for path in folder.rglob("*") if path.is_file() and path != secrets]
    assert written
    assert [path for path in written if b"canary-of-the-key" in path.read_bytes()] == []
    assert "canary-of-the-key" not in said.all


def test_a_file_in_the_way_of_a_folder_is_named(tradewind: Tradewind, folder: Path) -> None:
    (folder / ".tradewind").write_text("no folder")
    said = tradewind("backtest", "adaptive", *QUICK, "--days", "100", "--no-db")
    assert said.code in (2, 3)
    assert "TW-" in said.err
    assert ".tradewind" in said.err
    assert "unexpectedly" not in said.err


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_told_with_what_to_do(
    tradewind: Tradewind, monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(failure, os.strerror(failure))

    monkeypatch.setattr(Library, "save", refuse)
    said = tradewind("backtest", "adaptive", *QUICK, "--days", "100", "--no-db")
    assert (said.code, said.err[:7]) == (3, "TW-U007")
    assert "state_dir" in said.err


@pytest.mark.parametrize(
    "command",
    [("backtest", "adaptive"), ("optimize", "adaptive", "--set", "stop_atr=2,3"), ("run", "adaptive", "--no-db")],
    ids=lambda words: words[0],
)
def test_a_table_that_nobody_reads_is_an_unknown_setting(
    tradewind: Tradewind, folder: Path, command: tuple[str, ...]
) -> None:
    (folder / "tradewind.toml").write_text("[strategies.adaptve]\nstop_atr = 1.0\n[policies.regme]\na = 1\n")
    said = tradewind(*command, "--days", "100")
    assert (said.code, said.err[:7]) == (2, "TW-S002")
    assert "strategies.adaptve is no strategy that a loaded plugin offers. Did you mean 'adaptive'?" in said.err
    assert "policies.regme is no risk policy that a loaded plugin offers. Did you mean 'regime'?" in said.err


def test_the_table_of_a_plugin_that_is_kept_out_may_stay(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text(
        '[plugins]\nblock = ["tradewind-enhanced"]\n[strategies.enhanced]\nmin_confirmations = 3\n'
    )
    said = tradewind("backtest", "adaptive", "--days", "100", *QUICK)
    assert said.code == 0, said.all


def test_a_folder_without_price_files_says_how_they_are_named(tradewind: Tradewind, folder: Path) -> None:
    (folder / "prices").mkdir()
    said = tradewind("backtest", "adaptive", *QUICK, "--source", "files", "--set", "market_data=prices")
    assert (said.code, said.err[:7]) == (2, "TW-D001")
    assert "such as BTCUSDT_4h.csv" in said.err


def test_json_on_standard_output_is_nothing_but_json(tradewind: Tradewind) -> None:
    said = tradewind("backtest", "adaptive", "--days", "400", "--json", "-", *QUICK)
    assert json.loads(said.out)["strategy"] == "adaptive"


def test_the_same_request_gives_the_same_id_and_result(tradewind: Tradewind) -> None:
    first, second = (
        json.loads(tradewind("backtest", "adaptive", "--days", "400", "--json", "-", *QUICK).out) for _ in range(2)
    )
    assert first["id"] == second["id"]
    assert first["inputs"] == second["inputs"]
    other = json.loads(
        tradewind("backtest", "adaptive", "--days", "400", "--json", "-", "--max-position", "0.05", *QUICK).out
    )
    assert other["id"] != first["id"]


def test_options_beat_the_settings_file(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text(
        'strategy = "enhanced"\ninitial_balance = 777\n[limits]\nmax_position = 0.01\n'
    )
    from_file = json.loads(tradewind("backtest", "--days", "300", "--json", "-", *QUICK).out)
    assert from_file["strategy"] == "enhanced"
    assert from_file["initial_balance"] == 777
    assert from_file["settings"]["limits"]["max_position"] == 0.01
    said = tradewind(
        "backtest", "adaptive", "--days", "300", "--json", "-", "--initial-balance", "5000", "--max-position", "0.2",
        "--risk-per-trade", "0.01", "--max-risk-per-trade", "0.02", "--set", "limits.max_daily_risk=0.04", *QUICK,
    )  # fmt: skip
    found = json.loads(said.out)
    limits = found["settings"]["limits"]
    assert found["strategy"] == "adaptive"
    assert found["initial_balance"] == 5000
    assert (limits["max_position"], limits["base_risk_per_trade"]) == (0.2, 0.01)
    assert (limits["max_risk_per_trade"], limits["max_daily_risk"]) == (0.02, 0.04)


def test_hyphen_and_underscore_name_the_same_strategy(tradewind: Tradewind) -> None:
    one = tradewind("backtest", "high-risk-high-reward", "--days", "300", "--json", "-", *QUICK)
    other = tradewind("backtest", "high_risk_high_reward", "--days", "300", "--json", "-", *QUICK)
    assert json.loads(one.out)["trades"] == json.loads(other.out)["trades"]


def test_verbose_tells_every_decision(tradewind: Tradewind) -> None:
    said = tradewind("backtest", "adaptive", "--days", "400", "--verbose", *QUICK)
    assert said.code == 0
    assert said.out.count("BTCUSDT") > 3


def test_a_report_is_written_as_asked(tradewind: Tradewind, folder: Path) -> None:
    for name in ("report.html", "report.txt"):
        said = tradewind("backtest", "adaptive", "--days", "300", "--report", name, *QUICK)
        assert said.code == 0
        assert f"Report: {name}" in said.out
    page = (folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<script src" not in page
    assert "adaptive" in (folder / "report.txt").read_text()


def test_without_being_asked_the_report_lies_beside_the_result(tradewind: Tradewind, folder: Path) -> None:
    said = tradewind("backtest", "adaptive", "--days", "300", *QUICK)
    (page,) = (folder / ".tradewind" / "results").glob("*.html")
    assert page.with_suffix(".json").is_file()
    assert f"Report: {page.relative_to(folder)}" in said.out


def test_two_results_are_put_on_one_page(tradewind: Tradewind, folder: Path) -> None:
    for days in ("300", "200"):
        tradewind("backtest", "adaptive", "--days", days, *QUICK)
    one, other = (path.stem for path in (folder / ".tradewind" / "results").glob("*.json"))
    said = tradewind("compare", one, other, "--report", "both.html")
    assert said.code == 0
    assert f"beside adaptive {other}" in (folder / "both.html").read_text()
    refused = tradewind("compare", one, other, "--report", "both.txt")
    assert refused.code == 2
    assert "TW-U007" in refused.err


def test_a_strategy_in_a_file_runs_by_path(tradewind: Tradewind, folder: Path) -> None:
    (folder / "my_idea.py").write_text(
        "import numpy as np\n"
        "from tradewind.api import Need, Signals\n"
        "class MyStrategy:\n"
        "    warmup = 50\n"
        "    def needs(self):\n"
        "        return [Need('ema', {'length': 10}, columns='fast'), Need('ema', {'length': 30}, columns='slow')]\n"
        "    def signals(self, frame):\n"
        "        up = (frame['fast'] > frame['slow']).to_numpy()\n"
        "        edge = up & ~np.r_[False, up[:-1]]\n"
        "        return Signals.from_arrays(frame.index, enter=edge.astype(np.int8), exit_long=~up)\n"
    )
    said = tradewind("backtest", "my_idea.py:MyStrategy", "--json", "out.json")
    assert said.code == 0, said.err
    found = json.loads((folder / "out.json").read_text())
    assert found["strategy"] == "MyStrategy"
    assert len(found["trades"]) > 10


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("adaptive", "--symbol", "../../x"), "TW-S004"),
        (("adaptive", "--symbol", "x'; DROP TABLE trades; --"), "TW-S004"),
        (("adaptive", "--symbol", "NOSUCHPAIR"), "TW-D001"),
        (("adaptive", "--timeframe", "1M"), "TW-S004"),
        (("adaptive", "--timeframe", "soon"), "TW-S004"),
        (("adaptive", "--start", "2020-02-01", "--end", "2020-01-01"), "TW-U003"),
        (("adaptive", "--start", "2199-01-01"), "TW-U004"),
        (("adaptive", "--end", "2199-01-01"), "TW-U004"),
        (("adaptive", "--start", "yesterday"), "TW-U008"),
        (("adaptive", "--days", "-3"), "TW-U008"),
        (("adaptive", "--days", "3", "--start", "2020-01-01"), "TW-U008"),
        (("adaptive", "--days", "300", "--set", "max_rows=10"), "TW-U005"),
        (("../../adaptive",), "TW-U006"),
        (("a:b:c",), "TW-U006"),
        (("adaptiv",), "TW-P005"),
        (("nowhere.py:Idea",), "TW-P009"),
        (("tradewind-nothing:adaptive",), "TW-P005"),
        (("adaptive", "--source", "nothing"), "TW-P005"),
        (("adaptive", "--risk-per-trade", "2.0"), "TW-S004"),
        (("adaptive", "--initial-balance", "-1"), "TW-S004"),
        (("adaptive", "--initial-balance", "nan"), "TW-S003"),
        (("adaptive", "--max-position", "0"), "TW-S004"),
        (("adaptive", "--set", "limits.nothing=1"), "TW-S002"),
        (("adaptive", "--set", "nonsense"), "TW-S003"),
        (("adaptive", "--json", "no/such/folder/out.json"), "TW-U007"),
        (("adaptive", "--report", "report.pdf"), "TW-U007"),
    ],
)
def test_bad_input_gets_a_code_and_a_remedy_and_leaves_nothing_behind(
    tradewind: Tradewind, folder: Path, arguments: tuple[str, ...], code: str
) -> None:
    said = tradewind("backtest", *arguments)
    assert said.code == 2, said.all
    assert said.err.startswith(code), said.err
    assert "Traceback" not in said.all
    assert len(said.err.splitlines()) >= 1
    assert said.out == ""
    assert list(folder.rglob("*.json")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nope",), "TW-U009", "there is no command 'nope'"),
        (("data", "nope"), "TW-U009", "'nope'"),
        (("backtest", "--nope"), "TW-U009", "no such option"),
        (("backtest", "adaptive", "more"), "TW-U009", "more"),
        (("explain",), "TW-U009", "SYMBOL"),
        (("--settings",), "TW-U009", "--settings"),
        (("backtest", "--days", "x"), "TW-U008", "'x'"),
        (("backtest", "--cache-ttl", "nan"), "TW-U008", "--cache-ttl was nan"),
        (("backtest", "--cache-ttl", "-5"), "TW-U008", "--cache-ttl was -5.0"),
        (("backtest", "x" * 90_000), "TW-U006", "the strategy was 'xxxx"),
        (("backtest", ""), "TW-U006", "''"),
        (("backtest", "--start", ""), "TW-U008", "--start was ''"),
        (("backtest", "--end", ""), "TW-U008", "--end was ''"),
        (("backtest", "--timeframe", ""), "TW-U008", "--timeframe was empty"),
        (("backtest", "--source", " "), "TW-U008", "--source was empty"),
        (("backtest", "--symbol", ""), "TW-S004", "the symbol was ''"),
        (("explain", "BTCUSDT", "2024-01-01", "--id", ""), "TW-R001", "the id was ''"),
        (("data", "export", "BTCUSDT", "--source", "", "--timeframe", "1d", "--out", "x.csv"), "TW-U008", "--source"),
    ],
)
def test_wrong_usage_has_the_form_of_every_refusal_and_leaves_nothing(
    tradewind: Tradewind, folder: Path, arguments: tuple[str, ...], code: str, words: str
) -> None:
    said = tradewind(*arguments)
    assert (said.code, said.out, said.err[:7]) == (2, "", code), said.all
    assert words in said.err.splitlines()[0]
    assert "Usage:" not in said.err
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("raise RuntimeError('at import')", "TW-P009"),
        ("class Other: pass", "TW-P009"),
        ("class Idea: pass", "TW-P009"),
        ("def Idea(): pass\nsyntax error", "TW-P009"),
        ("class Idea:\n    def __init__(self, period): pass", "TW-P009"),
        ("class Idea:\n    def __init__(self): raise SystemExit(0)", "TW-P009"),
        ("from tradewind.api import BaseStrategy\nclass Idea(BaseStrategy): pass", "TW-P009"),
        ("class Idea:\n    warmup = 'long'\n    def signals(self, frame): pass", "TW-P009"),
        ("class Idea:\n    timeframe = '1M'\n    def signals(self, frame): pass", "TW-U002"),
        ("import sys\nsys.exit(0)", "TW-P009"),
    ],
)
def test_a_file_without_a_usable_strategy_is_refused(tradewind: Tradewind, folder: Path, text: str, code: str) -> None:
    (folder / "idea.py").write_text(text)
    said = tradewind("backtest", "idea.py:Idea")
    assert (said.code, said.err[:7]) == (2, code)
    assert "Traceback" not in said.all


BAD_ANSWERS = {
    "wrong length": ("Signals.from_arrays(frame.index[:-1], enter=0)", "TW-K003"),
    "not signals": ("frame", "TW-K003"),
    "object array": ("Signals.from_arrays(frame.index, enter=np.array([{}] * len(frame)))", "TW-K002"),
    "entries of 7": ("Signals.from_arrays(frame.index, enter=7)", "TW-K002"),
    "NaN entries": ("Signals.from_arrays(frame.index, enter=np.full(len(frame), np.nan))", "TW-K002"),
    "NaN confidence": ("Signals.from_arrays(frame.index, enter=1, confidence=np.nan)", "TW-K002"),
    "raises": ("1 / 0", "TW-K007"),
    "ends the program": ("exit(0)", "TW-K007"),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_a_strategy_that_answers_nonsense_is_named(tradewind: Tradewind, folder: Path, answer: str) -> None:
    expression, code = BAD_ANSWERS[answer]
    (folder / "idea.py").write_text(
        "import numpy as np\nfrom tradewind.api import Signals\n"
        f"class Idea:\n    def needs(self): return ()\n    def signals(self, frame): return {expression}\n"
    )
    said = tradewind("backtest", "idea.py:Idea")
    # code that raised is a run that failed; an answer that cannot be used is refused like any other bad input
    assert (said.code, said.err[:7]) == (3 if code == "TW-K007" else 2, code), said.all
    assert "Traceback" not in said.all


@pytest.mark.parametrize("needs", ["'rsi'", "('rsi',)", "5", "None"])
def test_a_strategy_that_needs_what_is_no_need_is_named(tradewind: Tradewind, folder: Path, needs: str) -> None:
    (folder / "idea.py").write_text(
        "from tradewind.api import Signals\n"
        f"class Idea:\n    def needs(self): return {needs}\n"
        "    def signals(self, frame): return Signals.from_arrays(frame.index, enter=0)\n"
    )
    said = tradewind("backtest", "idea.py:Idea", *QUICK)
    assert (said.code, said.err[:7]) == (2, "TW-K003"), said.all
    assert "Idea.needs()" in said.err


ASKED_BESIDE_SIGNALS = {
    "needs": "    def needs(self): raise SystemExit(0)\n",
    "check": "    def needs(self): return ()\n    def check(self, instrument, costs, frame): raise SystemExit(0)\n",
    "plan_columns": "    def needs(self): return ()\n    def plan_columns(self, frame, signals): raise SystemExit(0)\n",
}


@pytest.mark.parametrize("method", ASKED_BESIDE_SIGNALS)
def test_no_method_of_a_strategy_can_end_the_program(tradewind: Tradewind, folder: Path, method: str) -> None:
    (folder / "idea.py").write_text(
        f"from tradewind.api import Signals\nclass Idea:\n{ASKED_BESIDE_SIGNALS[method]}"
        "    def signals(self, frame): return Signals.from_arrays(frame.index, enter=0)\n"
    )
    said = tradewind("backtest", "idea.py:Idea", *QUICK)
    assert (said.code, said.err[:7]) == (3, "TW-K007")
    assert "strategy 'Idea' raised SystemExit" in said.err


BAD_SOURCES = {
    "raises on pairs": "def instruments(self): raise ValueError('no pairs')",
    "leaves on pairs": "def instruments(self): raise SystemExit(0)",
    "raises on bars": "def bars(self, instrument, timeframe, start, end): raise ValueError('no bars')",
    "answers nothing": "def bars(self, instrument, timeframe, start, end): return None",
}


@pytest.mark.parametrize("fault", BAD_SOURCES)
def test_a_source_that_fails_is_named(tradewind: Tradewind, folder: Path, fault: str) -> None:
    (folder / "feed.py").write_text(
        "from tradewind.api import Instrument\nclass Feed:\n"
        "    def instruments(self): return [Instrument(symbol='BTCUSDT')]\n"
        "    def bars(self, instrument, timeframe, start, end): return None\n"
        f"    {BAD_SOURCES[fault]}\n"
    )
    span = ("--start", "2023-01-01", "--end", "2024-01-01")
    said = tradewind("backtest", "adaptive", "--source", "feed.py:Feed", *QUICK, *span)
    assert (said.code, said.err[:7]) == (2, "TW-D011"), said.all
    assert "unexpectedly" not in said.err


def test_a_source_whose_class_needs_arguments_is_refused_in_words(tradewind: Tradewind, folder: Path) -> None:
    (folder / "feed.py").write_text("class Feed:\n    def __init__(self, path): pass\n")
    said = tradewind("backtest", "adaptive", "--source", "feed.py:Feed", *QUICK)
    assert (said.code, said.err[:7]) == (2, "TW-P009")
    assert "Feed cannot be made without arguments" in said.err


def test_a_strategy_that_looks_ahead_gets_a_failed_certificate(tradewind: Tradewind, folder: Path) -> None:
    (folder / "idea.py").write_text(
        "import numpy as np\nfrom tradewind.api import Signals\n"
        "class Idea:\n    warmup = 50\n    def needs(self): return ()\n"
        "    def signals(self, frame):\n"
        "        rise = frame['close'].shift(-1) > frame['close']\n"
        "        return Signals.from_arrays(frame.index, enter=rise.to_numpy().astype(np.int8))\n"
    )
    said = tradewind("backtest", "idea.py:Idea", "--json", "out.json")
    assert said.code == 0, said.err
    assert "looks ahead" in said.out
    certificate = json.loads((folder / "out.json").read_text())["certificate"]
    assert certificate["status"] == "failed"
    assert {"decision enter"} <= {finding["column"] for finding in certificate["findings"]}


def test_a_data_provider_in_a_file_runs_by_path(tradewind: Tradewind, folder: Path) -> None:
    (folder / "feed.py").write_text(
        "import numpy as np, pandas as pd\n"
        "from tradewind.api import DataProvider\n"
        "class Feed(DataProvider):\n"
        "    def get_historical_data(self, symbol, timeframe, start, end):\n"
        "        index = pd.date_range(start, end, freq=timeframe, inclusive='left')\n"
        "        price = 100 + 10 * np.sin(np.arange(len(index)) / 40)\n"
        "        prices = {name: price for name in ('open', 'high', 'low', 'close')}\n"
        "        return pd.DataFrame(prices | {'volume': 1.0}, index=index)\n"
        "    def get_live_data(self, symbol, timeframe, limit=100):\n"
        "        raise NotImplementedError\n"
    )
    arguments = ("--start", "2023-01-01", "--end", "2024-01-01", *QUICK)
    said = tradewind("backtest", "adaptive", "--source", "feed.py:Feed", "--json", "out.json", *arguments)
    assert said.code == 0, said.err
    assert json.loads((folder / "out.json").read_text())["symbols"] == ["BTCUSDT"]
    refused = tradewind("backtest", "adaptive", "--source", "feed.py:Nothing", *arguments)
    assert refused.err.startswith("TW-P009")


def test_settings_can_be_given_before_any_command(tradewind: Tradewind) -> None:
    said = tradewind("--set", "limits.max_position=0.03", "config", "show", "--origin", "--json")
    row = next(row for row in json.loads(said.out) if row["setting"] == "limits.max_position")
    assert (row["value"], row["origin"]) == (0.03, "command line")
