"""Scenario files as pytest sees them: a file is a collector, a case is an item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.pytest_plugin.hooks import SCENARIO_ENDINGS, sitting_of
from harness.pytest_plugin.options import Clock
from harness.pytest_plugin.verdict import DidNotPass, properties, shown
from harness.reports.lines import printable
from harness.scenario import Case, LoadError, load
from harness.scenario.document import has_scenarios
from harness.scenario.source import BYTES_MAX, Table, parse

__all__ = ["CaseItem", "ScenarioFile"]

MEANS_SOMETHING = frozenset(
    {"filterwarnings", "parametrize", "skip", "skipif", "tryfirst", "trylast", "usefixtures", "xfail"}
)
"""Marks by which pytest itself goes: a tag says what a scenario is about, and must not change whether it is played."""

_FIT_FOR_A_MARK = re.compile(r"[A-Za-z0-9][\w.+-]*")
"""As `-m` can spell it."""


class ScenarioFile(pytest.File):
    """A file of scenarios. One that has mistakes is one error, with each of them at its place."""

    def collect(self) -> Iterator[pytest.Item]:
        if not self.path.name.endswith(SCENARIO_ENDINGS) and self._only_has_defaults():
            return
        loaded = load([self.path], root=sitting_of(self.config).project)
        if loaded.errors:
            raise self.CollectError(LoadError(loaded.errors).render())
        for case in loaded.cases:
            name = printable(case.id.partition("::")[2])
            item: CaseItem = CaseItem.from_parent(self, name=name, case=sitting_of(self.config).cast(case))
            yield item

    def _only_has_defaults(self) -> bool:
        """Whether it is there to be included by others."""
        if self.path.stat().st_size > BYTES_MAX:
            return False
        root, mistakes = parse(self.path.read_bytes(), path=self.path.name)
        return isinstance(root, Table) and not mistakes and root.get("defaults") is not None and not has_scenarios(root)


class CaseItem(pytest.Item):
    """One case. Playing it is the test, and its verdict is the outcome."""

    def __init__(self, *, case: Case, **node: Any) -> None:
        super().__init__(**node)
        self.case = case
        sitting = sitting_of(self.config)
        self.clock: Clock = "virtual"
        self._mistake: DeadairError | None = None
        unplayable = ""
        try:
            self.clock, unplayable = sitting.clock_for(case)
        except DeadairError as error:
            self._mistake = error
        self.is_playable = not unplayable and self._mistake is None
        if unplayable:
            self.add_marker(pytest.mark.skip(reason=unplayable))
        self.add_marker(pytest.mark.deadair(provider=case.provider, clock=self.clock))
        self.extra_keyword_matches.add(case.provider)
        for tag in case.tags:
            self.extra_keyword_matches.add(tag)
            if _FIT_FOR_A_MARK.fullmatch(tag) and tag not in MEANS_SOMETHING:
                sitting.register_mark(self.config, tag)
                self.add_marker(tag)

    def runtest(self) -> None:
        if self._mistake is not None:
            raise self._mistake
        result = sitting_of(self.config).played(self)
        self.user_properties += properties(result)
        if result.verdict is not Verdict.PASS:
            raise DidNotPass(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What a person reads of it: our own words stand for themselves, without the way on which they came."""
        if isinstance(excinfo.value, DidNotPass | DeadairError):
            return shown(excinfo, self.case)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int, str]:
        line = self.case.place.rpartition(":")[2]
        return self.path, int(line) - 1, self.name
