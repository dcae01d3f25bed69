"""What must hold before real money moves; whatever does not is refused in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from tradewind.config.schema import Settings
from tradewind.errors import LiveError, ModelError
from tradewind.model.venue import Permissions
from tradewind.pipeline.certificate import Certificate

BOTH_FLAGS: Final = "--live-trading --i-understand-the-risks"
PAPER: Final = "paper"
"""The executor that sends no orders."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def wants_live(*, paper: bool, live: bool, understood: bool) -> bool:
    """
    Tell from the flags of a start whether real money was asked for.

    Raises:
        LiveError: TW-L001 when it was asked for by halves, or paper as well.
    """
    if paper and (live or understood):
        raise _refused("paper and real money were both asked for.", "Leave out --paper-trading, or the other flags.")
    if live and not understood:
        raise _refused(
            "--live-trading was given without --i-understand-the-risks.",
            f"Real money needs both: {BOTH_FLAGS}. Without them the session runs on paper.",
        )
    if understood and not live:
        raise _refused(
            "--i-understand-the-risks was given without --live-trading.",
            f"Real money needs both: {BOTH_FLAGS}. Without them the session runs on paper.",
        )
    return live


def check_models(settings: Settings) -> None:
    """
    Refuse models that have not passed their gate.

    Raises:
        ModelError: TW-M009 when a setting lets one trade.
    """
    tables = {
        **{f"strategies.{name}.allow_unproven_model": table for name, table in settings.strategies.items()},
        **{f"indicators.{name}.allow_unproven": table for name, table in settings.indicators.items()},
    }
    for path, table in tables.items():
        if table.get(path.rpartition(".")[2]):
            raise ModelError(
                f"{path} is on: a model that has proven nothing would trade real money.",
                code="TW-M009",
                hint="Run it on paper, or promote a model that has passed its gate.",
            )


def phrase_of(symbols: Sequence[str], executor: str) -> str:
    """Return what a person types before real money moves."""
    return f"trade real money in {', '.join(symbols)} at {executor}"


def check_phrase(typed: str, expected: str) -> None:
    """Refuse another phrase, TW-L001."""
    if " ".join(typed.split()) != expected:
        raise _refused("the phrase was not typed as it was asked for.", f"Type: {expected}")


def check_executor(name: str, *, real_money: bool, addresses: Sequence[str]) -> None:
    """
    Refuse a venue that does not belong to live trading.

    Args:
        name: The executor's catalogue name.
        real_money: Its record says that orders cost money there.
        addresses: Where it sends them, as URLs; none when it does not say.

    Raises:
        LiveError: TW-L006.
    """
    if name == PAPER:
        raise _mismatch(
            "the settings' executor is paper, which sends no orders.", 'Name a venue: executor = "binance".'
        )
    if not real_money:
        raise _mismatch(
            f"the executor {name} moves no real money.",
            "Run it without --live-trading; it is for practice.",
        )
    for address in addresses:
        found = urlsplit(address)
        if found.scheme not in ("https", "wss"):
            raise _mismatch(f"{address} is not encrypted.", "Real money goes through https and wss alone.")
        if is_practice(address):
            raise _mismatch(
                f"{found.hostname} is a place for practice, not for real money.",
                "Take its address out of the settings, or run without --live-trading.",
            )


def is_practice(address: str) -> bool:
    """Tell whether an address is on this machine or a venue's place for practice."""
    host = urlsplit(address).hostname or ""
    return host in LOOPBACK or any(word in host for word in ("testnet", "demo", "sandbox"))


def check_plugins(untrusted: Mapping[str, str]) -> None:
    """
    Refuse plugins that nobody has agreed to.

    Args:
        untrusted: Why each distribution is not trusted, by name.

    Raises:
        LiveError: TW-L002.
    """
    if untrusted:
        rows = "; ".join(f"{name} is {why}" for name, why in sorted(untrusted.items()))
        raise LiveError(
            f"not all plugins are locked: {rows}.",
            code="TW-L002",
            hint="Look at what is installed, then agree to it with `tradewind plugins lock`.",
        )


def check_certificates(certificates: Mapping[str, Certificate | None]) -> None:
    """
    Refuse strategies that look ahead, forget too little warm-up, or were never checked.

    Args:
        certificates: By strategy.

    Raises:
        LiveError: TW-L003.
    """
    for name, certificate in certificates.items():
        if certificate is None or certificate.status != "passed":
            status = "missing" if certificate is None else certificate.status
            raise LiveError(
                f"the look-ahead certificate of {name} is {status}.",
                code="TW-L003",
                hint=f"`tradewind backtest {name}` shows what it found. Real money needs one that passed.",
            )


def check_permissions(found: Permissions, *, skip: bool) -> list[str]:
    """
    Refuse a key that can send coins away; return what else there is to warn about.

    Args:
        found: What the key may do.
        skip: A person accepts that the venue does not tell.

    Raises:
        LiveError: TW-L004.
    """
    if found.withdraw or found.transfer:
        what = "withdraw" if found.withdraw else "transfer coins to other accounts"
        raise LiveError(
            f"the key can {what}.",
            code="TW-L004",
            hint="Make a key that can trade and nothing else, bound to this machine's address.",
        )
    if None in (found.withdraw, found.transfer) and not skip:
        raise LiveError(
            "the venue does not say what the key may do.",
            code="TW-L004",
            hint="Make sure that it cannot withdraw, then start with --skip-permission-check.",
        )
    if found.trade is False:
        raise LiveError("the key cannot trade.", code="TW-L004", hint="Allow spot trading for it at the venue.")
    warnings = []
    if found.ip_bound is False:
        warnings.append("the key can be used from any address: bind it to this machine's")
    if found.derivatives:
        warnings.append("the key can trade on margin or futures, which is not needed")
    return warnings


def check_alerts(working: Sequence[str], failed: Mapping[str, str] | None = None) -> None:
    """
    Refuse to trade unwatched.

    Args:
        working: The alert services that have just delivered a test message.
        failed: Why each of the others did not.

    Raises:
        LiveError: TW-L005 when none has.
    """
    if working:
        return
    if failed:
        raise LiveError(
            f"no alert was delivered, and nobody would hear of a halt: {'; '.join(failed.values())}",
            code="TW-L005",
            hint="Mend it until a test message arrives: `tradewind alerts test`.",
        )
    raise LiveError(
        "no alerts are set up: nobody would hear of a halt.",
        code="TW-L005",
        hint="Write an address to .secrets.toml, readable by you alone, then try it: `tradewind alerts test`.\n\n"
        '  [services.alerts]\n  first_url = "tgram://BOT_TOKEN/CHAT_ID"',
    )


def _refused(message: str, hint: str) -> LiveError:
    return LiveError(message, code="TW-L001", hint=hint)


def _mismatch(message: str, hint: str) -> LiveError:
    return LiveError(message, code="TW-L006", hint=hint)
