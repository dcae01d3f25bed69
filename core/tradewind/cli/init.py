"""`tradewind init`: write a settings file that works, from a few answers or from flags."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tradewind.cli import completing
from tradewind.cli.init_text import Answers, settings_text
from tradewind.errors import TradewindError, UsageError

if TYPE_CHECKING:
    from tradewind.plugins.catalog import Catalog

SAMPLE: Final = "sample"
FILES: Final = "files"


@click.command()
@click.option(
    "--source", metavar="NAME", help="Where bars come from, such as files.", shell_complete=completing.sources
)
@click.option(
    "--market-data", type=click.Path(path_type=Path), metavar="FOLDER", help="Folder of price files, for files."
)
@click.option("--strategy", metavar="NAME", help="What decides.", shell_complete=completing.strategies)
@click.option(
    "--symbol",
    "symbols",
    multiple=True,
    metavar="SYMBOL",
    help="Pair to trade; may be repeated.",
    shell_complete=completing.symbols,
)
@click.option("--timeframe", metavar="LENGTH", help="Bar length, such as 4h.", shell_complete=completing.timeframes)
@click.option("--balance", type=float, metavar="AMOUNT", help="Balance at the start.")
@click.option("--risk-per-trade", "risk", type=float, metavar="FRACTION", help="Loss at the stop of a normal trade.")
@click.option("--metrics/--no-metrics", default=None, help="Figures for Prometheus on a port of this machine.")
@click.option("--yes", is_flag=True, help="Ask nothing: what no flag says takes its default.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("tradewind.toml"),
    metavar="FILE",
    help="Where it is written; tradewind.toml by default.",
)
@click.option("--force", is_flag=True, help="Put a file that is there aside, as FILE.bak.")  # fmt: skip
def init(output: Path, yes: bool, force: bool, **given: Any) -> None:
    """
    Write a settings file with a line of explanation for each setting.

    Asks for what no flag says. A file that is there is never overwritten without --force, and no secret is ever
    written into it.
    """
    from tradewind.plugins.catalog import load_catalog

    if output.exists() and not force:
        raise UsageError(
            f"{output} is there already.",
            code="TW-U007",
            hint="Name another with --output, or put it aside with --force.",
        )
    answers = _answers(load_catalog(), given, ask=not yes)
    text = settings_text(answers)
    _check(text)
    _write(output, text, force=force)
    click.echo(f"\nWrote {output}. What to do next:")
    named = "" if output == Path("tradewind.toml") else f" --settings {output}"
    click.echo(f"  tradewind{named} config check\n  tradewind{named} backtest\n  tradewind{named} run")
    click.echo("Keys and passwords belong in .secrets.toml beside it; the end of the file says how.")
    if _in_git(output.resolve().parent) and not _ignored(output.resolve().parent):
        click.echo("This folder is under version control: write .secrets.toml into its .gitignore first.")


def _answers(catalog: Catalog, given: dict[str, Any], *, ask: bool) -> Answers:
    from tradewind.model.instrument import check_symbol
    from tradewind.model.limits import Limits
    from tradewind.model.timeframe import Timeframe

    def symbols_of(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(text.replace(",", " ").split()))
        for symbol in found:
            check_symbol(symbol)
        if not found:
            raise UsageError("no pair was named, expected one such as BTCUSDT.", code="TW-U001")
        return found

    choose = _Chooser(ask=ask)
    named = _sources(catalog)
    source = choose("Where do bars come from", given["source"], _default_source(given, named), _one_of(named, "source"))
    folder = given["market_data"]
    if source == FILES and folder is None and ask:
        typed = choose("Folder of price files (empty for the usual places)", None, "", str)
        folder = Path(typed) if typed else None
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"{folder} is no folder.", code="TW-U007", hint="Name the folder that your price files lie in."
        )
    strategy = choose("Which strategy decides", given["strategy"], "adaptive", _strategy_of(catalog))
    symbols = choose("Which pairs are traded", " ".join(given["symbols"]) or None, "BTCUSDT", symbols_of)
    if source == SAMPLE and symbols != ("BTCUSDT",):
        raise UsageError(
            f"the embedded sample holds BTCUSDT alone, and {', '.join(symbols)} was asked for.",
            code="TW-U008",
            hint="Name a source of your own: --source files --market-data FOLDER, or --source binance.",
        )
    timeframe = choose(
        "Bar length (empty for the strategy's own)", given["timeframe"], "", lambda text: text and Timeframe(text).name
    )
    balance = choose("Balance at the start, in the quote asset", given["balance"], 10_000.0, _above_zero)
    risk = choose(
        "Loss at the stop of a normal trade, a fraction", given["risk"], 0.02,
        lambda value: Limits(base_risk_per_trade=float(value), max_risk_per_trade=max(0.03, float(value)))
        .base_risk_per_trade,
    )  # fmt: skip
    metrics = given["metrics"]
    if metrics is None:
        metrics = ask and click.confirm("Figures for Prometheus on a port of this machine", default=False)
    streams = source in {
        entry.name for entry in catalog.entries("data_sources") if getattr(entry.spec, "streams", False)
    }
    return Answers(
        source=source, market_data=folder, strategy=strategy, symbols=symbols, timeframe=timeframe, balance=balance,
        risk=risk, metrics=metrics, streams=streams,
    )  # fmt: skip


class _Chooser:
    """Takes what a flag says, else asks, else takes the default; what cannot be used is refused or asked again."""

    def __init__(self, *, ask: bool) -> None:
        self._ask = ask

    def __call__[T](self, question: str, flag: Any, default: Any, check: Callable[[Any], T]) -> T:
        if flag is not None:
            return check(flag)
        if not self._ask:
            return check(default)

        def again(text: Any) -> T:
            try:
                return check(text)
            except (TradewindError, ValueError) as error:
                words = f"{error.message} {error.hint}" if isinstance(error, TradewindError) else str(error)
                raise click.BadParameter(words) from error

        return click.prompt(question, default=default, value_proc=again)  # type: ignore[no-any-return]  # `again` made it


def _sources(catalog: Catalog) -> list[str]:
    offered = [entry.name for entry in catalog.entries("data_sources") if "bars" in getattr(entry.spec, "provides", ())]
    return sorted({SAMPLE, *offered})


def _default_source(given: dict[str, Any], named: Sequence[str]) -> str:
    told = given["market_data"] is not None or os.environ.get("TRADEWIND_MARKET_DATA")
    return FILES if told and FILES in named else SAMPLE


def _one_of(names: Sequence[str], what: str) -> Callable[[Any], str]:
    from tradewind.plugins.names import listed, nearest

    def check(text: Any) -> str:
        if text in names:
            return str(text)
        close = nearest(str(text), names)
        hint = (f"Did you mean {close!r}? " if close else "") + f"There is: {listed(names)}."
        raise UsageError(f"the {what} was {str(text)[:60]!r}.", code="TW-U008", hint=hint)

    return check


def _strategy_of(catalog: Catalog) -> Callable[[Any], str]:
    def check(text: Any) -> str:
        # A file of one's own is looked at when it runs.
        return str(text) if ".py:" in str(text) else catalog.get("strategies", str(text)).name

    return check


def _above_zero(value: Any) -> float:
    from tradewind.cli.options import positive

    return positive(float(value), "--balance")


def _check(text: str) -> None:
    """Refuse to write what could not be read: a fault of this command, not of its user's."""
    import tomllib

    from tradewind.config.schema import Settings
    from tradewind.plugins.structure import problems_of, settings_error

    _, problems = problems_of(tomllib.loads(text), Settings, "")
    if problems:
        raise settings_error(problems)


def _write(path: Path, text: str, *, force: bool) -> None:
    from tradewind.cache.atomic import write_whole

    if path.is_dir():
        raise UsageError(f"{path} is a folder, expected a file.", code="TW-U007")
    if force and path.exists():
        path.replace(path.with_name(path.name + ".bak"))
        click.echo(f"What was there is {path.name}.bak now.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())


def _in_git(folder: Path) -> bool:
    return any((one / ".git").exists() for one in (folder, *folder.parents))


def _ignored(folder: Path) -> bool:
    try:
        return ".secrets.toml" in (folder / ".gitignore").read_text(encoding="utf-8").split()
    except OSError:
        return False
