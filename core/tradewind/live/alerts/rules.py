"""Which events people must hear of, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tradewind.live.alerts.alert import Alert, Lasting, Severity, over
from tradewind.live.breakers import BREAKERS

Rule = Callable[[Lasting, Mapping[str, Any]], Alert | None]
"""Returns the alert that an event deserves, None for none; the facts hold `time_ms`, UTC milliseconds."""


def spoken(kind: str, facts: Mapping[str, Any]) -> Alert | None:
    """Return the alert of an event that speaks for itself: it has a `severity` and a `text` of its own."""
    severity, text = facts.get("severity"), facts.get("text")
    if severity not in {one.value for one in Severity} or not isinstance(text, str) or not text:
        return None
    return Alert(
        severity=Severity(severity),
        title=str(facts.get("title") or kind.replace("_", " ").capitalize()),
        text=text,
        todo=str(facts.get("todo", "")),
        key=str(facts.get("key", kind)),
    )


def _halted(state: Lasting, facts: Mapping[str, Any]) -> Alert | None:
    name, scope = str(facts["breaker"]), str(facts.get("scope") or "account")
    key = _halt_key(name, scope)
    if not state.begin(key, facts["time_ms"]):
        return None
    breaker = BREAKERS.get(name)
    why = str(facts.get("reason") or (breaker.summary if breaker is not None else name))
    where = "" if scope == "account" else f" on {scope}"
    if name == "OPERATOR":
        severity, todo = Severity.INFO, "`tradewind resume` takes entries again."
    elif breaker is not None and breaker.clears_itself:
        severity, todo = Severity.WARNING, "It clears itself when its cause has passed."
    else:
        severity, todo = Severity.CRITICAL, f"See to its cause, then: `tradewind resume --breaker {name}`."
    text = f"{why}. No new entries{where}; stops stay, exits go on."
    return Alert(severity=severity, title=f"Halted: {name}{where}", text=text, todo=todo, key=key)


def _halt_key(name: str, scope: str) -> str:
    # The engine tells of a breaker of the account a second time, after the desk has: that is the same one.
    return f"halt:{name}" if scope == "account" else f"halt:{name}:{scope}"


def _resumed(state: Lasting, facts: Mapping[str, Any]) -> Alert | None:
    name, scope = str(facts["breaker"]), str(facts.get("scope") or "account")
    key = _halt_key(name, scope)
    took_s = state.end(key, facts["time_ms"])
    where = "" if scope == "account" else f" on {scope}"
    return None if took_s is None else over(key, f"Cleared: {name}{where}", took_s)


def _bare(state: Lasting, facts: Mapping[str, Any]) -> Alert | None:
    key = _chain_key(facts)
    if not state.begin(key, facts["time_ms"]):
        return None
    return Alert(
        severity=Severity.CRITICAL,
        title=f"{facts['symbol']} has no stop",
        text=f"A position in {facts['symbol']} rests without protection. A new stop is placed, or it is sold.",
        todo="Watch that the next message says it is protected. Else close it at the venue, or `tradewind flatten`.",
        key=key,
    )


def _protected(state: Lasting, facts: Mapping[str, Any]) -> Alert | None:
    took_s = state.end(_chain_key(facts), facts["time_ms"])
    title = f"{facts['symbol']} is protected again" if facts["over"] == "protected" else f"{facts['symbol']} is closed"
    return None if took_s is None else over(_chain_key(facts), title, took_s)


def _chain_key(facts: Mapping[str, Any]) -> str:
    return f"bare:{facts.get('chain')}"


def _foreign(_: Lasting, facts: Mapping[str, Any]) -> Alert:
    if facts.get("asset"):
        what = f"{facts.get('delta')} {facts['asset']} came or went"
    else:
        what = f"order {facts.get('order')} in {facts.get('symbol')}"
    return Alert(
        severity=Severity.WARNING,
        title="Somebody else moves the account",
        text=f"This session did not cause it: {what}.",
        todo="Use an account that nobody else trades on, and a key of its own for each session.",
        key=f"foreign:{facts.get('asset') or facts.get('symbol')}",
    )


def _mood(state: Lasting, facts: Mapping[str, Any]) -> Alert | None:
    symbol, mood, age = facts.get("symbol"), facts.get("state"), facts.get("age_hours")
    key = f"sentiment:{symbol}"
    if mood == "fresh":
        took_s = state.end(key, facts["time_ms"])
        return None if took_s is None else over(key, f"Sentiment of {symbol} is fresh again", took_s)
    if not state.begin(key, facts["time_ms"]):
        return None
    how = f"{mood}, {age:.0f} hours old" if isinstance(age, int | float) else str(mood)
    return Alert(
        severity=Severity.WARNING,
        title=f"Sentiment of {symbol} is missing",
        text=f"It is {how}: strategies decide without it, or not at all.",
        todo="It is asked for again by itself. Look at its source: `tradewind health`.",
        key=key,
    )


def _note(_: Lasting, facts: Mapping[str, Any]) -> Alert:
    words = str(facts["note"])
    serious = any(sign in words for sign in ("SUSPECT_PRICE", "REVISED", "anew", "did not answer", "too late"))
    severity = Severity.WARNING if serious else Severity.INFO
    title = "Market data are in doubt" if serious else "Market data"
    return Alert(severity=severity, title=title, text=words, key=f"feed:{words[:16]}")


def _plain(severity: Severity, title: str, text: str, todo: str = "", key: str = "") -> Rule:
    def rule(_: Lasting, facts: Mapping[str, Any]) -> Alert:
        known = {name: _shown(value) for name, value in facts.items()}
        place = key.format_map(_Blank(known)) or title
        return Alert(
            severity=severity,
            title=title.format_map(_Blank(known)),
            text=text.format_map(_Blank(known)),
            todo=todo,
            key=place,
        )

    return rule


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.8g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class _Blank(dict[str, str]):
    """Facts in which what is not known is a question mark: a missing word must not cost an alert."""

    def __missing__(self, _: str) -> str:
        return "?"


def _ended(_: Lasting, facts: Mapping[str, Any]) -> Alert:
    failed = facts.get("reason") == "failed"
    profit = facts.get("total_pnl")
    text = f"Reason: {facts.get('reason')}." + (f" Profit and loss {profit:+,.2f}." if profit is not None else "")
    return Alert(
        severity=Severity.CRITICAL if failed else Severity.INFO,
        title="The session failed" if failed else "The session ended",
        text=f"{text} What rests at the venue stays there.",
        todo="Read the log, then start it again: it goes on where it stopped." if failed else "",
        key="session",
    )


def _of_desk(rule: Rule, **more: str) -> Rule:
    """Return the rule for an event of the desk, whose own facts lie in `detail`."""
    return lambda state, facts: rule(state, {**facts, **(facts.get("detail") or {}), **more})


RULES: Final[dict[str, Rule]] = {
    "halted": _halted,
    "resumed": _resumed,
    "desk_halted": _of_desk(_halted),
    "desk_resumed": _of_desk(_resumed),
    "desk_bare": _of_desk(_bare),
    "desk_protected": _of_desk(_protected, over="protected"),
    "desk_closed": _of_desk(_protected, over="closed"),
    "desk_missed": _of_desk(_protected, over="closed"),
    "desk_lost": _plain(
        Severity.CRITICAL, "Another process owns the account", "This one ends and touches nothing more.",
        "Find the other one: two sessions must not trade one account.",
    ),
    "desk_foreign": _of_desk(_foreign),
    "desk_trouble": _of_desk(_plain(Severity.WARNING, "Trouble at the order desk", "{error}", key="desk:{error}")),
    "desk_denied": _of_desk(_plain(Severity.INFO, "An entry in {symbol} was not sent", "{reason}", key="denied")),
    "entry_filled": _plain(
        Severity.INFO, "Entered {symbol}", "{quantity} at {price}.", key="entry:{symbol}"
    ),
    "trade_closed": _plain(
        Severity.INFO, "Closed {symbol}", "At {price}, profit and loss {pnl}.", key="exit:{symbol}"
    ),
    "strategy_quarantined": _plain(
        Severity.CRITICAL, "{strategy} is not asked any more",
        "On {symbol}: {why}. Its stops stay, it takes no entries.",
        "Mend it and start again, or let another strategy take over: `tradewind swap`.", "quarantine:{slot}{symbol}",
    ),
    "strategy_sent_back": _plain(
        Severity.WARNING, "{failed} was sent back", "On {symbol}: {why}. {now} decides again.", key="back:{symbol}"
    ),
    "strategy_swapped": _plain(Severity.INFO, "{now} took over", "Open positions: {handover}.", key="swap"),
    "flattening": _plain(Severity.WARNING, "Everything is being closed", "Somebody asked for it.", key="flatten"),
    "session_started": _plain(Severity.INFO, "A session began", "Strategies: {strategies}.", key="session"),
    "session_ended": _ended,
    "feed_note": _note,
    "sentiment_state": _mood,
}  # fmt: skip
"""The rule of each kind of event."""
