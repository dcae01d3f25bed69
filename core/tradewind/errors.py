"""
The exception tree: one noun class per area, a stable code per cause, the remedy with it.

Every error a user can cause says what happened, what was expected and what to do. The
command line prints it without a traceback and exits with 2 (wrong usage or settings) or 3
(a run that failed).
"""

from typing import Any, Final

CODES: Final[dict[str, str]] = {
    # plugins
    "TW-P001": "A plugin that the settings need is broken: its module raised on import.",
    "TW-P002": "A plugin that the settings need was built for another version of Tradewind.",
    "TW-P003": "A plugin that the settings need is blocked by the settings.",
    "TW-P004": "Two plugins offer the same name.",
    "TW-P005": "No plugin offers this name.",
    "TW-P006": "A plugin's hook does not fit its specification.",
    "TW-P007": "A plugin's record is invalid.",
    "TW-P008": "What a record's factory or config points at cannot be imported or called.",
    "TW-P009": "A path given instead of a plugin name holds no usable component.",
    "TW-P010": "A new plugin cannot be scaffolded there.",
    # settings
    "TW-S001": "The settings file cannot be read.",
    "TW-S002": "A setting is unknown.",
    "TW-S003": "A setting has the wrong type.",
    "TW-S004": "A setting is out of range.",
    "TW-S005": "The profile does not exist.",
    "TW-S006": "A secret stands in a settings file.",
    "TW-S007": "A secrets file can be read by others.",
    "TW-S008": "A settings file is of a kind that is not read.",
    # market data
    "TW-D001": "No data for this symbol.",
    "TW-D002": "No bars in the asked range.",
    "TW-D003": "A file's columns are not those of a price history.",
    "TW-D004": "A value in the data is not a usable number.",
    "TW-D005": "Bars are duplicated or out of order.",
    "TW-D006": "A bar's time is not on the grid of its timeframe.",
    "TW-D007": "A file is truncated, damaged or in another encoding.",
    "TW-D008": "The timeframe cannot be built from the data that exist.",
    "TW-D009": "The data are in another time zone.",
    "TW-D010": "The cache holds damaged data.",
    "TW-D011": "A data source answered with something that is not closed bars.",
    "TW-D012": "The data are larger than the limit.",
    "TW-D013": "The cache cannot be read or written.",
    "TW-D014": "A data source's host did not answer.",
    "TW-D015": "A data source's host answered with something that cannot be used.",
    "TW-D016": "A data source needs a key that was not given or was refused.",
    # indicators, frames and strategies
    "TW-I001": "An indicator's parameter is unknown or out of range.",
    "TW-I002": "An indicator answered with something else than it declares.",
    "TW-I003": "The indicator needs a column that the frame does not have.",
    "TW-I004": "Two needs ask for one column of the frame.",
    "TW-K001": "A plan's columns do not fit its index.",
    "TW-K002": "A plan's column holds a value that is not allowed.",
    "TW-K003": "A strategy answered with something that is not signals for its frame.",
    "TW-K004": "A risk policy loosened what it may only tighten.",
    "TW-K005": "Bars and plan do not belong together.",
    "TW-K006": "A strategy refused the market or the costs it was given.",
    "TW-K007": "A plugin's code raised an error.",
    # usage of the command line and of the public functions
    "TW-U001": "The symbol is malformed.",
    "TW-U002": "The timeframe is not one that is traded.",
    "TW-U003": "The end is not after the start.",
    "TW-U004": "The dates lie in the future.",
    "TW-U005": "More rows were asked for than the limit allows.",
    "TW-U006": "The name of a strategy is malformed.",
    "TW-U007": "A file given on the command line cannot be used.",
    "TW-U008": "An option has an unusable value.",
    "TW-U009": "The command line names a command, an option or an argument that is not there, or lacks one.",
    # results
    "TW-R001": "No stored result has this id.",
    "TW-R002": "A stored result is damaged or of another version.",
    "TW-R003": "A run could not be repeated: an input differs.",
    # venues
    "TW-V001": "The venue did not answer, or not in a way that can be read.",
    "TW-V002": "The venue refused the key, its signature or its permission.",
    "TW-V003": "The venue must not be asked now: too many requests.",
    "TW-V004": "The venue does not trade this symbol, or does not say by which rules.",
    "TW-V005": "The venue lacks something that trading there needs.",
    # the database
    "TW-B001": "The database cannot be opened.",
    "TW-B002": "The database's schema is older or newer than this version of Tradewind.",
    "TW-B003": "The database is damaged.",
    "TW-B004": "The file or database is not Tradewind's.",
    "TW-B005": "The database refused a write.",
    "TW-B006": "A row would break a rule of the journal.",
    "TW-B007": "A fact differs from what is stored, and facts do not change.",
    "TW-B008": "A backup is damaged or of another kind.",
    "TW-B009": "A restore would overwrite what is in use.",
    "TW-B010": "A program that the database comes with is missing or failed.",
    "TW-B011": "A backtest was not stored in the database.",
    # live trading
    "TW-L001": "Trading with real money was not asked for in full.",
    "TW-L002": "A plugin is not locked, or not the one that was locked.",
    "TW-L003": "The strategy has no valid look-ahead certificate.",
    "TW-L004": "The key can do more than trade.",
    "TW-L005": "No alert channel works.",
    "TW-L006": "The mode and the venue's address do not belong together.",
    "TW-L007": "Another process owns the account.",
    "TW-L008": "No engine is running for this account.",
    "TW-L009": "An engine's order would break a rule of safety.",
    "TW-L010": "A strategy cannot take over from another while the session runs.",
    "TW-L011": "A strategy took too long for one bar.",
    "TW-L012": "A session's checkpoint cannot be gone on from.",
    "TW-L013": "An account's books do not agree with themselves.",
    "TW-L014": "A running session cannot take a request now, or not in this form.",
    "TW-L015": "A session ended before everything was closed.",
    "TW-L016": "The process in which strategies decide failed.",
    # trained models
    "TW-M001": "There is no such model.",
    "TW-M002": "A model's card cannot be read or is not one.",
    "TW-M003": "A model file is not the one that its card describes.",
    "TW-M004": "A model file may not be loaded: it is damaged, too large, or holds what a model must not hold.",
    "TW-M005": "A model's inputs or outputs are not those of its card.",
    "TW-M006": "A model answers with something that is no usable number.",
    "TW-M007": "There is too little history to train on.",
    "TW-M008": "TensorFlow is not installed.",
    "TW-M009": "A model has not passed its gate.",
    "TW-M010": "A training run cannot be gone on with.",
    "TW-M011": "A model takes too long for one bar.",
    "TW-M012": "A model had seen every bar of a search.",
}
"""Every code and what it means; the reference page is made from it."""

PLUGIN_FAULTS: Final = (Exception, SystemExit)
"""What a plugin's code may raise: `SystemExit` is no `Exception`, and would end the program without a word."""


class TradewindError(Exception):
    """
    What a user can cause and mend.

    Args:
        message: What happened and what was expected, in full words.
        code: One of `CODES`.
        hint: What to do about it.
        data: The facts of the case, kept as attributes in `data`.
    """

    exit_code: int = 2

    def __init__(self, message: str, *, code: str, hint: str = "", **data: Any) -> None:
        if code not in CODES:
            raise ValueError(f"{code!r} is not an error code; add it to tradewind.errors.CODES")
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.data = data

    def __str__(self) -> str:
        text = f"{self.code} {self.message}"
        return f"{text}\n{self.hint}" if self.hint else text


class PluginError(TradewindError):
    """A plugin cannot be found, loaded or trusted."""


class SettingsError(TradewindError):
    """The settings cannot be used; `problems` lists every fault found, not only the first."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str = "",
        problems: tuple[str, ...] = (),
        **data: Any,
    ) -> None:
        super().__init__(message, code=code, hint=hint, **data)
        self.problems = problems


class DataError(TradewindError):
    """Market data are missing or not what they must be."""


class IndicatorError(TradewindError):
    """An indicator was asked for wrongly or did not keep its declaration."""


class ModelError(TradewindError):
    """A trained model cannot be found, read, trusted or made."""


class PlanError(TradewindError):
    """A plan, or the bars it is for, cannot be simulated."""


class StrategyError(TradewindError):
    """
    A strategy or a risk policy broke its contract.

    An answer that cannot be used exits with 2, as wrong values in it do; code that raised is a run that failed.
    """

    exit_code = 3

    def __init__(self, message: str, *, code: str, hint: str = "", **data: Any) -> None:
        super().__init__(message, code=code, hint=hint, **data)
        if code == "TW-K003":
            self.exit_code = 2


class UsageError(TradewindError):
    """A command or a public function was called with something unusable."""


class ResultError(TradewindError):
    """A stored result cannot be read or repeated."""


class VenueError(TradewindError):
    """A venue cannot be reached, refused, or cannot do what is needed."""

    exit_code = 3


class LiveError(TradewindError):
    """A live session may not start, or may not go on."""


class StoreError(TradewindError):
    """The database cannot be reached, is damaged, or refused a write."""

    exit_code = 3


class JournalError(StoreError):
    """A row would break a rule of the journal."""


class LeaseError(StoreError):
    """Another process is the writer of the account: this one must stop and touch nothing."""

    exit_code = 75


__all__ = [
    "CODES",
    "PLUGIN_FAULTS",
    "DataError",
    "IndicatorError",
    "JournalError",
    "LeaseError",
    "LiveError",
    "ModelError",
    "PlanError",
    "PluginError",
    "ResultError",
    "SettingsError",
    "StoreError",
    "StrategyError",
    "TradewindError",
    "UsageError",
    "VenueError",
]
