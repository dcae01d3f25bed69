"""An executor under test: how it is built, and the venue it is tried at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Final, cast

from tradewind.config.secret import Secret
from tradewind.errors import PluginError
from tradewind.model.venue import AccountSnapshot, Permissions
from tradewind.plugins.protocols import Executor
from tradewind.plugins.specs import ExecutorSpec, canonical
from tradewind.plugins.structure import structure
from tradewind.testing.contract import promise
from tradewind.testing.executor_stage import Stage, in_time
from tradewind.testing.executor_venue import Venue
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import NoSettings, PluginContract

OPEN: Final = ("opens_and_closes",)
"""What comes before every check at a venue."""

Case = Callable[[Stage], Awaitable[None]]


def no_venue(contract: ExecutorSubject) -> str:
    """Return why nothing can be tried; empty when it can."""
    if type(contract).venue is not ExecutorSubject.venue:
        return ""
    return "no venue is stated; the package's own tests run this check against one on this machine."


class ExecutorSubject(PluginContract):
    """
    An executor and the venue it is tried at.

    Args:
        patience: Seconds that a check may take.
    """

    kind: ClassVar[str] = "executors"
    methods: ClassVar[tuple[str, ...]] = (
        "open",
        "close",
        "server_time",
        "instruments",
        "capabilities",
        "permissions",
        "snapshot",
        "submit",
        "order",
        "open_orders",
        "fills",
        "probe",
        "events",
    )
    patience: ClassVar[float] = 30.0

    @property
    def record(self) -> ExecutorSpec:
        """The executor's record."""
        return cast("ExecutorSpec", super().record)

    def venue(self) -> AbstractAsyncContextManager[Venue]:
        """
        Return a venue on this machine, for the length of one check.

        An author overrides this; what speaks Binance's protocol is tried at a `sandbox_venue`. Without a venue
        the checks that need one are left out.
        """
        raise ContractFailure("no venue is stated: override `venue()`.")

    def build(self, **changes: Any) -> Any:
        """Build the executor anew with made-up secrets, the class's settings and these changes."""
        made_up = {name: f"made-up-{name}" for name in self.record.secrets}
        return self.built({**self.config, **changes}, made_up)

    def built(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> Executor:
        """Build the executor from these settings and secrets, as live trading does."""
        entry = self.entry
        settings: Any = structure(config, entry.settings_class() or NoSettings, f"executors.{canonical(entry.name)}")
        arguments: list[Any] = [settings] if self.record.config else []
        if self.record.secrets:
            arguments.append({name: Secret(value) for name, value in secrets.items()})
        try:
            return cast("Executor", entry.resolve()(*arguments))
        except TypeError as error:
            shape = "the settings and a mapping of secrets" if self.record.secrets else "the settings"
            raise PluginError(
                f"{entry.spec.factory!r} could not be called with {shape}: {error}.", code="TW-P008"
            ) from error

    def at_venue(self, case: Case) -> None:
        """Run a case with an open executor, and leave the venue as it was found."""

        async def whole() -> None:
            async with self.venue() as venue:
                stage = Stage(venue=venue, build=self.built)
                try:
                    await in_time(_begun(stage, case), self.patience)
                finally:
                    await stage.end()

        asyncio.run(whole())

    @promise(after=("config_defaults_build",), unless=no_venue)
    def test_opens_and_closes(self) -> None:
        """
        Once open, the executor tells the venue's time, rules, permissions and balances; it can be
        closed more than once.

        What does not open does not protect: the engine starts with these five answers, after
        every crash as well, with a position to guard.

        To mend: connect in `open`, ask the venue anew each time, leave out of `instruments` what is not
        traded, and let `close` do nothing when there is nothing to close.
        """
        self.at_venue(self._life)

    async def _life(self, stage: Stage) -> None:
        executor, hand = stage.executor, stage.hand
        first = await executor.server_time()
        second = await executor.server_time()
        require(
            isinstance(first, int) and first <= second <= first + 60_000,
            f"server_time() answered {first!r}, then {second!r}; expected milliseconds that go on.",
        )
        rules = await executor.instruments([stage.symbol, "NOSUCHPAIR"])
        require(set(rules) == {stage.symbol}, f"instruments() has {sorted(rules)}, expected {stage.symbol} alone.")
        permissions = await executor.permissions()
        require(isinstance(permissions, Permissions), f"permissions() answered {type(permissions).__name__}.")
        snapshot = await executor.snapshot()
        require(isinstance(snapshot, AccountSnapshot), f"snapshot() answered {type(snapshot).__name__}.")
        held = {name: amount for name, amount in (await hand.balances()).items() if amount}
        seen = {name: balance.total for name, balance in snapshot.balances.items() if balance.total}
        require(seen == held, f"snapshot() shows {_amounts(seen)}, the account holds {_amounts(held)}.")
        await executor.close()


async def _begun(stage: Stage, case: Case) -> None:
    await stage.begin()
    await case(stage)


def _amounts(amounts: Mapping[str, Any]) -> str:
    return ", ".join(f"{amount} {name}" for name, amount in sorted(amounts.items())) or "nothing"
