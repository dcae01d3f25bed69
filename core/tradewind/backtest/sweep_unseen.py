"""A search begins after the last bar that the model of any of its trials had seen."""

from __future__ import annotations

import attrs

from tradewind.backtest.in_sample import MARK, Seen, beginning_at, end_of_marks
from tradewind.backtest.runner import Job
from tradewind.backtest.sweep_grid import Params
from tradewind.backtest.sweep_strategy import Choose, StrategyVariants
from tradewind.errors import SettingsError
from tradewind.plugins.catalog import Catalog


def unseen(job: Job, choose: Choose, catalog: Catalog, trials: tuple[Params, ...]) -> Job:
    """
    Return the job over the bars that no trial's model had seen, with a note of what was left out.

    All trials are looked at, since a parameter may name another model: what is compared must be the same
    bars for all. Where nothing is left, the job is as it was and says so with `in_sample`.

    Args:
        job: The run that is varied.
        choose: Makes the strategy of a trial.
        catalog: Where components are found.
        trials: The parameters of each trial.

    Raises:
        TradewindError: When a trial cannot be decided.
    """
    plans = {symbol: job.pipeline(symbol)(history.bars, history.key).plan for symbol, history in job.histories.items()}
    if not any(MARK in plan.conditions for plan in plans.values()):
        return job
    seen = _seen(job, StrategyVariants(job, choose, catalog), trials)
    return attrs.evolve(job, histories=seen.histories, notes=(*job.notes, *seen.notes), in_sample=seen.whole)


def _seen(job: Job, variants: StrategyVariants, trials: tuple[Params, ...]) -> Seen:
    ends = [0]
    for params in trials:
        try:
            own = variants.job(params)
        except SettingsError as error:
            # what does not go together is not carried out
            if error.code != "TW-S004":
                raise
            continue
        histories = job.histories.items()
        plans = {symbol: own.pipeline(symbol)(history.bars, history.key).plan for symbol, history in histories}
        ends.append(end_of_marks(job.histories, plans))
    return beginning_at(job.histories, max(ends))
