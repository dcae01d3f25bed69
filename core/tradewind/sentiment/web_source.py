"""What sources of daily values on the web have in common: the way to the host, the name in the archive, an answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import attrs
import pandas as pd

from tradewind.sentiment.answers import DailyAnswer, archive_name, asked_days
from tradewind.sentiment.web import Web
from tradewind.sentiment.web_settings import DailyWebConfig


@attrs.define(eq=False, slots=False)
class DailyWebSource:
    """
    A source of daily values that asks one host; a source is a class derived from it.

    It states the class variables, and `series`, which fills `self.answer(start, end)` with what `self.web` says:

    ```python
    @attrs.define(eq=False, slots=False)
    class Mood(DailyWebSource):
        title = "Mood"
        catalogue_name = "mood"
        path = "v1/days"
        config: MoodConfig = attrs.field(factory=MoodConfig)

        def series(self, symbol, start, end):
            answer = self.answer(start, end)
            for day, value in self.records(self.web.json(self.path)):
                answer.take(day, {"mean": value})
            return answer.frame()
    ```

    Args:
        config: The settings.
    """

    title: ClassVar[str]
    """What it is called in messages."""
    catalogue_name: ClassVar[str]
    """Its name in the catalogue, and in the archive where its settings are the usual ones."""
    path: ClassVar[str]
    """Where below the address it asks, for people who read where a value came from."""
    columns: ClassVar[tuple[str, ...]] = ("mean",)
    """The columns of its series."""
    changing: ClassVar[tuple[str, ...]] = ("url", "publish_lag_hours")
    """The settings that change the values: with others they are archived under a name of their own."""

    config: DailyWebConfig

    @cached_property
    def web(self) -> Web:
        """The way to the host."""
        return self.config.web(self.title, self.headers())

    def headers(self) -> Mapping[str, str]:
        """Return what is sent with every question, such as a key."""
        return {}

    @property
    def cache_name(self) -> str:
        """What its values are archived under."""
        return archive_name(self.catalogue_name, self.config, self.changing)

    @property
    def origin(self) -> str:
        """Where the values come from."""
        return f"{self.config.url}/{self.path}"

    def answer(self, start: pd.Timestamp, end: pd.Timestamp) -> DailyAnswer:
        """Return what takes in the days that begin in [start, end), and nothing else."""
        return DailyAnswer(
            name=self.title,
            columns=self.columns,
            days=asked_days(start, end),
            publish_lag_ms=self.config.publish_lag_ms,
        )

    def days_of(self, answer: Any) -> list[Mapping[str, Any]]:
        """
        Return a list of days that the host sent.

        Raises:
            DataError: TW-D015 when it sent something else.
        """
        if not isinstance(answer, list) or not all(isinstance(record, dict) for record in answer):
            self.web.refuse("answered with something else than a list of days")
        return answer
