"""What must hold before real money moves, and the words of each refusal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import Tradewind
from tradewind.errors import LiveError
from tradewind.live import gate
from tradewind.model.venue import Permissions
from tradewind.pipeline.certificate import Certificate

CERTIFICATE: dict[str, Any] = {"warmup": 10, "cuts": 1, "seed": 0, "columns": 1}
GOOD_KEY = Permissions(trade=True, withdraw=False, transfer=False, ip_bound=True, derivatives=False)


def executor(*addresses: str, name: str = "x", real_money: bool = True) -> None:
    gate.check_executor(name, real_money=real_money, addresses=addresses)


def certified(status: Any) -> None:
    gate.check_certificates({"mine": Certificate(status=status, **CERTIFICATE)})


def key(**told: bool) -> None:
    gate.check_permissions(Permissions(**told), skip=True)


REFUSED: list[tuple[str, Callable[[], object], str, str]] = [
    ("a flag alone", lambda: gate.wants_live(paper=False, live=True, understood=False), "TW-L001", "both"),
    ("the other alone", lambda: gate.wants_live(paper=False, live=False, understood=True), "TW-L001", "both"),
    ("both worlds", lambda: gate.wants_live(paper=True, live=True, understood=True), "TW-L001", "--paper-trading"),
    ("another phrase", lambda: gate.check_phrase("yes", "trade real money"), "TW-L001", "trade real money"),
    ("paper", lambda: executor(name="paper"), "TW-L006", "executor"),
    ("no money", lambda: executor(name="sandbox", real_money=False), "TW-L006", "practice"),
    ("plain http", lambda: executor("http://api.x.com"), "TW-L006", "https"),
    ("loopback", lambda: executor("https://127.0.0.1:9"), "TW-L006", "without"),
    ("testnet", lambda: executor("https://testnet.x.com"), "TW-L006", "without"),
    ("unlocked", lambda: gate.check_plugins({"tradewind-x": "not locked"}), "TW-L002", "tradewind plugins lock"),
    ("no certificate", lambda: gate.check_certificates({"mine": None}), "TW-L003", "tradewind backtest mine"),
    ("failed", lambda: certified("failed"), "TW-L003", "passed"),
    ("unchecked", lambda: certified("unchecked"), "TW-L003", "passed"),
    ("withdraws", lambda: key(withdraw=True), "TW-L004", "trade and nothing else"),
    ("transfers", lambda: key(withdraw=False, transfer=True), "TW-L004", "key"),
    ("silent venue", lambda: gate.check_permissions(Permissions(), skip=False), "TW-L004", "--skip-permission-check"),
    ("cannot trade", lambda: key(trade=False), "TW-L004", "spot"),
    ("no alerts", lambda: gate.check_alerts([]), "TW-L005", "alert"),
]


@pytest.mark.critical
@pytest.mark.parametrize(("attempt", "code", "word"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_each_refusal_says_what_to_do(attempt: Callable[[], object], code: str, word: str) -> None:
    with pytest.raises(LiveError) as refused:
        attempt()
    assert refused.value.code == code
    assert refused.value.hint != ""
    assert word in str(refused.value)


@pytest.mark.critical
def test_what_holds_passes() -> None:
    assert gate.wants_live(paper=False, live=True, understood=True)
    assert not gate.wants_live(paper=True, live=False, understood=False)
    gate.check_phrase("  trade   real money in BTCUSDT at binance ", gate.phrase_of(["BTCUSDT"], "binance"))
    gate.check_executor("binance", real_money=True, addresses=["https://api.x.com", "wss://stream.x.com"])
    gate.check_plugins({})
    gate.check_certificates({"mine": Certificate(status="passed", **CERTIFICATE)})
    gate.check_alerts(["mail"])
    assert gate.check_permissions(GOOD_KEY, skip=False) == []


def test_what_is_unwise_is_a_warning() -> None:
    loose = Permissions(trade=True, withdraw=False, transfer=False, ip_bound=False, derivatives=True)
    assert len(gate.check_permissions(loose, skip=False)) == 2


@pytest.mark.critical
def test_an_unlocked_plugin_stops_a_live_start(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text('executor = "binance"\nsource = "sample"\n')
    said = tradewind("run", "adaptive", "--live-trading", "--i-understand-the-risks")
    assert said.code == 2
    assert "TW-L002" in said.err
    assert "tradewind plugins lock" in said.err


@pytest.mark.critical
def test_plugins_that_nobody_agreed_to_are_not_even_imported(folder: Path) -> None:
    (folder / "tradewind.toml").write_text('executor = "binance"\n')
    script = (
        "import sys\n"
        "from tradewind.cli.main import main\n"
        "try:\n"
        "    main(['run', 'adaptive', '--live-trading', '--i-understand-the-risks'])\n"
        "except SystemExit as left:\n"
        "    assert left.code == 2, left.code\n"
        "assert not [name for name in sys.modules if name.startswith('tradewind_')]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "TW-L002" in done.stderr


def test_keys_alone_do_not_leave_paper(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text('executor = "binance"\nsource = "sample"\n')
    said = tradewind("run", "adaptive", "--days", "3", "--no-db")
    assert said.code == 0
    assert "PAPER" in said.out


def test_without_a_database_sqlalchemy_is_not_loaded(folder: Path) -> None:
    script = (
        "import sys\n"
        "from tradewind.cli.main import main\n"
        "try:\n"
        "    main(['run', 'adaptive', '--days', '2', '--no-db'])\n"
        "except SystemExit as left:\n"
        "    assert left.code == 0, left.code\n"
        "assert 'sqlalchemy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
