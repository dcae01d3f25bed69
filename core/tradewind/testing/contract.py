"""
What a contract class is made of: promises that are checked, and one verdict for each.

A contract class works in two ways. Under pytest its `test_…` methods are collected like any
other; `tradewind.testing.check` judges the same promises without pytest.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, Self
from unittest import SkipTest

import attrs

from tradewind.errors import TradewindError
from tradewind.plugins.catalog import Catalog, Entry, load_catalog
from tradewind.plugins.specs import Spec
from tradewind.testing.failures import ContractFailure

_PREFIX: Final = "test_"
_INSTALLED: Final[list[Catalog]] = []


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    XFAILED = "xfailed"
    SKIPPED = "skipped"


@attrs.frozen(kw_only=True)
class CheckResult:
    """
    How one check of one component ended.

    Args:
        name: The check, as the table of contracts names it.
        outcome: `passed`, `failed`, `xfailed` or `skipped`.
        message: What was found; why it was skipped; empty when it passed.
        docstring: What is promised, why it matters and how to mend a failure.
        component: What was checked, such as `strategy adaptive`.
    """

    name: str
    outcome: Outcome
    message: str = ""
    docstring: str = ""
    component: str = ""


@attrs.frozen(kw_only=True)
class Promise:
    """
    One check of a contract class.

    Args:
        name: Its name without `test_`.
        function: The check itself; raises when the promise is broken.
        after: Checks that must hold before this one can say anything.
        unless: Tells why the check does not apply to a component; empty when it does.
    """

    name: str
    function: Callable[[Any], None]
    after: tuple[str, ...] = ()
    unless: Callable[[Any], str] | None = None

    @property
    def docstring(self) -> str:
        """What is promised, why it matters and how to mend a failure."""
        return inspect.cleandoc(self.function.__doc__ or "")


@attrs.frozen(kw_only=True)
class Verdict:
    """
    The outcome of a check with its cause.

    Args:
        outcome: How it ended.
        message: What was found, in words.
        error: What to raise under pytest.
        cause: The failed check that made this one meaningless.
    """

    outcome: Outcome
    message: str = ""
    error: BaseException | None = None
    cause: str = ""


def promise[F: Callable[[Any], None]](
    *, after: tuple[str, ...] = (), unless: Callable[[Any], str] | None = None
) -> Callable[[F], F]:
    """
    Mark a method `test_<check>` of a contract class as a check.

    Args:
        after: Checks that must hold first; when one fails, this one is skipped.
        unless: Gives the reason why the check does not apply, or an empty text.
    """

    def mark(function: F) -> F:
        name = function.__name__.removeprefix(_PREFIX)
        made = Promise(name=name, function=function, after=after, unless=unless)
        function.promise = made  # type: ignore[attr-defined]  # read back in Contract.__init_subclass__
        return function

    return mark


def installed_catalog() -> Catalog:
    """Return the catalogue of what is installed, loaded once in a process."""
    if not _INSTALLED:
        _INSTALLED.append(load_catalog())
    return _INSTALLED[0]


class Contract:
    """
    The promises of one component.

    A subclass names the component; which checks run follows from its record.

    Args:
        spec: The component's catalogue name.
        config: The settings it is built with; what is missing takes its default.
        xfails: Reasons by name of the checks that are known to fail; one that passes fails.
        catalog: Where the component is looked up; None for what is installed.
    """

    kind: ClassVar[str] = ""
    spec: ClassVar[str] = ""
    distribution: ClassVar[str] = ""
    config: ClassVar[Mapping[str, Any]] = {}
    xfails: ClassVar[Mapping[str, str]] = {}
    catalog: ClassVar[Catalog | None] = None
    promises: ClassVar[dict[str, Promise]] = {}
    _verdicts: ClassVar[dict[str, Verdict]]
    _memory: ClassVar[dict[str, Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        inherited: dict[str, Promise] = {}
        for parent in reversed(cls.__mro__[1:]):
            inherited |= getattr(parent, "promises", {})
        own = [getattr(value, "promise", None) for value in vars(cls).values()]
        cls.promises = inherited | {found.name: found for found in own if isinstance(found, Promise)}
        cls._verdicts = {}
        cls._memory = {}
        unknown = sorted(set(cls.xfails) - set(cls.promises))
        if unknown:
            raise TypeError(f"xfails of {cls.__name__} names {unknown[0]!r}, which is no check of it")
        if cls.spec or cls.distribution:
            for name, found in cls.promises.items():
                setattr(cls, _PREFIX + name, None if _reason(cls, found) else _method(name, found))

    @property
    def entry(self) -> Entry:
        """The component in the catalogue."""
        return (self.catalog or installed_catalog()).get(self.kind, self.spec)

    @property
    def record(self) -> Spec:
        """The component's record."""
        return self.entry.spec

    def build(self, **changes: Any) -> Any:
        """Build the component anew, with the class's settings and these changes."""
        return self.entry.build({**self.config, **changes})

    def remember[T](self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` answers, made once for this contract class."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]  # type: ignore[no-any-return]  # made by the same key's maker

    @classmethod
    def results(cls) -> list[CheckResult]:
        """Judge every promise and return the outcomes, in the order of the reference page."""
        return [cls.result(name) for name in cls.promises]

    @classmethod
    def result(cls, name: str) -> CheckResult:
        """Judge one promise."""
        verdict = judge(cls, name)
        return CheckResult(
            name=name,
            outcome=verdict.outcome,
            message=verdict.message,
            docstring=cls.promises[name].docstring,
            component=f"{cls.kind} {cls.spec or cls.distribution}".strip(),
        )

    @classmethod
    def of(cls, spec: str, **attributes: Any) -> type[Self]:
        """Return a contract class for this component, made without a class statement."""
        return type(f"{cls.__name__}:{spec}", (cls,), {"spec": spec, **attributes})


def judge(contract: type[Contract], name: str) -> Verdict:
    """Return the verdict on one promise; every promise of a class is judged once."""
    if name not in contract._verdicts:  # noqa: SLF001  # the class's own memory
        contract._verdicts[name] = _judge(contract, contract.promises[name])  # noqa: SLF001  # the same
    return contract._verdicts[name]  # noqa: SLF001  # the same


def _judge(contract: type[Contract], found: Promise) -> Verdict:
    reason = _reason(contract, found)
    if reason:
        return Verdict(outcome=Outcome.SKIPPED, message=reason)
    for earlier in found.after:
        before = judge(contract, earlier)
        cause = earlier if before.outcome in (Outcome.FAILED, Outcome.XFAILED) else before.cause
        if cause:
            return Verdict(outcome=Outcome.SKIPPED, message=f"{cause} comes first, and fails.", cause=cause)
    expected = contract.xfails.get(found.name)
    try:
        found.function(contract())
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a component may raise anything, SystemExit included
        failure = _in_words(error)
        if expected is not None:
            return Verdict(outcome=Outcome.XFAILED, message=f"{expected}: {failure}")
        return Verdict(outcome=Outcome.FAILED, message=str(failure), error=failure)
    if expected is not None:
        text = f"xfails expects it to fail ({expected}), but it passes: remove it from xfails."
        return Verdict(outcome=Outcome.FAILED, message=text, error=ContractFailure(text))
    return Verdict(outcome=Outcome.PASSED)


def _reason(contract: type[Contract], found: Promise) -> str:
    if found.unless is None:
        return ""
    try:
        return found.unless(contract())
    except TradewindError:
        return ""


def _in_words(error: BaseException) -> ContractFailure:
    """Return the failure; one that is no failure of the kit keeps its cause and its place."""
    if isinstance(error, ContractFailure):
        return error
    place = traceback.extract_tb(error.__traceback__)[-1]
    failure = ContractFailure(f"it raised {type(error).__name__}: {error} (in {place.filename}, line {place.lineno}).")
    failure.__cause__ = error
    return failure


def _method(name: str, found: Promise) -> Callable[[Contract], None]:
    """Return the method that pytest collects."""

    def method(self: Contract) -> None:
        verdict = judge(type(self), name)
        if verdict.error is not None:
            raise verdict.error
        if verdict.outcome is Outcome.XFAILED:
            runner = sys.modules.get("pytest")
            if runner is not None:
                runner.xfail(verdict.message)
        if verdict.outcome in (Outcome.XFAILED, Outcome.SKIPPED):
            raise SkipTest(verdict.message)

    method.__name__ = _PREFIX + name
    method.__qualname__ = method.__name__
    method.__doc__ = found.docstring
    return method
