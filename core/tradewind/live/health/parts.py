"""How the parts around a session fare: plugins, models, alerts, the venue, and checks that plugins bring."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tradewind.config.schema import Settings
from tradewind.errors import TradewindError
from tradewind.live.gate import check_permissions
from tradewind.live.health.findings import Finding, Level, bad, good, warning
from tradewind.live.session.services import named_services
from tradewind.live.venue.opening import way_to
from tradewind.model.venue import AccountSnapshot
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.loader import PluginRow, State
from tradewind.plugins.lock import Trust
from tradewind.plugins.specs import ExecutorSpec, canonical
from tradewind.store.accounts import AT_VENUE

VENUE_S: Final = 10.0
"""How long the venue may take to answer."""
CHECK_S: Final = 5.0
"""How long a plugin's check may take."""
NEEDS_NONE: Final = "the settings name none: paper needs no venue"


def plugin_findings(plugins: Iterable[PluginRow], trust: Mapping[str, Trust], *, money: bool) -> list[Finding]:
    """
    Tell which plugins are broken, and which nobody has agreed to.

    Args:
        plugins: Every installed plugin.
        trust: What the lock says of each, by distribution.
        money: The settings name an executor at which orders cost money.
    """
    rows = tuple(plugins)
    found = [
        bad("plugins", f"{row.distribution} {row.version} is {row.state}: {row.cause.partition(chr(10))[0]}",
            f"Mend or remove it, or block it (plugins.block); see `tradewind plugins info {row.distribution}`.")
        for row in rows if row.state in (State.BROKEN, State.INCOMPATIBLE)
    ]  # fmt: skip
    loaded = [row.distribution for row in rows if row.state is State.LOADED]
    unlocked = [name for name in loaded if trust.get(name) is not Trust.LOCKED]
    text = f"{len(loaded)} are loaded, {len(unlocked)} of them not locked"
    if unlocked and money:
        todo = "Look at what they are, then `tradewind plugins lock`: live trading is refused before that."
        return [*found, warning("plugins", f"{text}: {', '.join(unlocked)}", todo)]
    return [*found, good("plugins", text if unlocked else f"{len(loaded)} are loaded, all of them locked")]


def model_findings() -> list[Finding]:
    """Tell of models: no strategy that is installed with the core needs one."""
    return [good("models", "no model is in use")]


def alert_findings(settings: Settings, catalog: Catalog) -> list[Finding]:
    """Tell whether somebody is told when something happens; nothing is sent."""
    named = [entry.name for entry in named_services(settings, catalog) if hasattr(entry.resolve(), "test_alert")]
    if named:
        words = f"told by {', '.join(named)}; `tradewind alerts test` sends a message, this look does not"
        return [good("alerts", words)]
    if has_money(settings, catalog):
        todo = "Write services.alerts.first_url to .secrets.toml and try it: `tradewind alerts test`."
        return [warning("alerts", "nobody is told when something happens, and live trading is refused", todo)]
    return [good("alerts", "no channel is configured; paper needs none")]


def has_money(settings: Settings, catalog: Catalog) -> bool:
    """Tell whether the settings name an executor at which orders cost money."""
    if settings.executor == "paper":
        return False
    spec = catalog.get("executors", settings.executor).spec
    return isinstance(spec, ExecutorSpec) and spec.real_money


def venue_findings(
    settings: Settings, catalog: Catalog, statuses: Iterable[Mapping[str, Any]]
) -> tuple[list[Finding], AccountSnapshot | None]:
    """
    Tell whether the venue answers and what the key may do; return what it shows of the account, too.

    Args:
        settings: They name the venue.
        catalog: What plugins offer.
        statuses: What running sessions say of themselves.
    """
    if settings.executor == "paper":
        at_venue = sorted({status["mode"] for status in statuses} & AT_VENUE)
        if at_venue:
            text = f"not asked: these settings name none, though a session is running in mode {at_venue[0]}"
            todo = "Ask with the settings of the session, such as `tradewind --profile sandbox health`."
            return [warning("venue", text, todo)], None
        return [good("venue", NEEDS_NONE)], None
    try:
        return asyncio.run(_visit(settings, catalog))
    except TimeoutError:
        words = f"{settings.executor} did not answer within {VENUE_S:g} s"
        return [bad("venue", words, "Look at the connection and at the venue's status page; stops rest there.")], None
    except TradewindError as error:
        return [bad("venue", f"{settings.executor}: {error.message}", error.hint or "Stops that rest stay.")], None


def venue_as_told(settings: Settings, statuses: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """
    Tell what running sessions say of their venue; it is not asked.

    Args:
        settings: They name the venue.
        statuses: What running sessions say of themselves.
    """
    ask = "`tradewind health` does that, with the keys"
    told = [
        good("venue", f"not asked from here ({ask}); session {one['session_id']} ({one['mode']}) is in touch with it "
             f"and knows its time to {one['clock_error_ms']} ms")
        for one in statuses if one["mode"] in AT_VENUE
    ]  # fmt: skip
    return told or [good("venue", NEEDS_NONE if settings.executor == "paper" else f"not asked from here: {ask}")]


async def _visit(settings: Settings, catalog: Catalog) -> tuple[list[Finding], AccountSnapshot]:
    executor = way_to(settings, catalog).make()
    async with asyncio.timeout(VENUE_S):
        await executor.open()
        try:
            found = [good("venue", f"{settings.executor} answers")]
            try:
                notes = check_permissions(await executor.permissions(), skip=False)
                found += [warning("venue", note, "Change it where the key was made.") for note in notes]
            except TradewindError as error:
                found.append(bad("venue", error.message, error.hint))
            shown: AccountSnapshot = await executor.snapshot()
            if not shown.can_trade:
                found.append(bad("venue", "the account may not trade", "Ask the venue why."))
            return found, shown
        finally:
            await executor.close()


def check_findings(settings: Settings, catalog: Catalog) -> list[Finding]:
    """Run the checks that plugins bring, all at once, each for a limited time."""
    runs = [_Run(entry, settings.health.get(canonical(entry.name), {})) for entry in catalog.entries("health_checks")]
    for run in runs:
        run.thread.start()
    return [finding for run in runs for finding in run.findings()]


class _Run:
    """One check in a thread of its own: one that hangs is left behind."""

    def __init__(self, entry: Entry, values: Mapping[str, Any]) -> None:
        self._entry = entry
        self._values = values
        self._found: list[Finding] = []
        self.thread = threading.Thread(target=self._work, name=f"health-{entry.name}", daemon=True)

    def _work(self) -> None:
        name = self._entry.name
        try:
            self._found = [self._finding(one) for one in self._entry.build(self._values)]
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises is a finding
            words = error.message if isinstance(error, TradewindError) else f"{type(error).__name__}: {error}"
            self._found = [bad(name, f"the check failed: {words}", f"Ask the authors of {self._entry.distribution}.")]

    def findings(self) -> list[Finding]:
        self.thread.join(CHECK_S)
        name = self._entry.name
        if self.thread.is_alive():
            return [bad(name, f"the check did not end within {CHECK_S:g} s", "What it looks at does not answer.")]
        return self._found or [
            warning(name, "the check said nothing", f"Ask the authors of {self._entry.distribution}.")
        ]

    def _finding(self, said: Any) -> Finding:
        level, text = said
        found = Level(level)
        todo = "" if found is Level.OK else f"It is a check of {self._entry.distribution}: its page says what it means."
        return Finding(area=self._entry.name, level=found, text=str(text).partition("\n")[0], todo=todo)
