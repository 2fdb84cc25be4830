"""`deadair_play`: a scenario played from a test, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.errors import DeadairError
from harness.pytest_plugin.given import Scenario, given
from harness.pytest_plugin.options import Clock
from harness.pytest_plugin.run_folder import RunFolder
from harness.pytest_plugin.sitting import Sitting
from harness.pytest_plugin.verdict import lines
from harness.reports import CaseResult
from harness.reports.text import first_sentence
from harness.trace import Trace, load

__all__ = ["Play", "Played"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Played:
    """A scenario that was played. In an `assert` it stands for whether it passed, and says why not.

    Attributes:
        result: The verdict on every run, with all findings.
        folder: The run folder; `deadair report` and `deadair rerun` take it.
    """

    result: CaseResult
    folder: Path

    @property
    def verdict(self) -> str:
        """`pass`, `fail`, `inconclusive`, or of several runs `flaky`."""
        return self.result.verdict.value

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"

    @property
    def sentence(self) -> str:
        """What is wrong, in one sentence; "" where nothing is."""
        return first_sentence(self.result)

    @property
    def rerun(self) -> str:
        """The command that plays it again."""
        return self.result.rerun

    @property
    def trace(self) -> Trace:
        """What happened in the run that explains the verdict.

        Raises:
            TraceError: If it was broken off before anything was recorded.
        """
        number = self.result.runs.index(self.result.told_run)
        return load(sorted(self.folder.glob("*/result.json"))[number].with_name("trace.jsonl"))

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"<{self.verdict}: {self.sentence}>" if self.sentence else f"<{self.verdict}>"

    def __str__(self) -> str:
        return lines(self.result)


class Play:
    """Plays scenarios for one test: `played = deadair_play("goodbye.yaml", client="python:my_app:make")`."""

    def __init__(self, sitting: Sitting, *, test: pytest.Item, place: Path) -> None:
        self._sitting = sitting
        self._test = test
        self._place = place
        self._number = 0

    def __call__(
        self, scenario: Scenario, *, client: str = "", clock: Clock | None = None, seed: int | None = None
    ) -> Played:
        """Play it to its end. What did not pass is told in the test's report, if the test fails.

        Args:
            scenario: A file beside the test or in the project, `file::case`, the text of a scenario, or its values.
            client: Who is tested, in the place of the scenario's own: a name from pyproject.toml, a known client, or
                `python:module:factory`; "" for the one of `--deadair-client`, if it is given.
            clock: The one of `--deadair-clock` if it is not said.
            seed: Plays it once with this seed, instead of its own.

        Raises:
            DeadairError: If the scenario has mistakes (all of them are told), names several cases, or cannot be played.
            pytest.skip.Exception: If it cannot be played on the clock of `--deadair-clock`.
        """
        __tracebackhide__ = True
        try:
            return self._played(scenario, client=client, clock=clock, seed=seed)
        except DeadairError as error:
            # Its words say it all; the way through our code would only stand before them.
            raise error.with_traceback(None) from None

    def __repr__(self) -> str:
        return "deadair_play"

    def _played(self, scenario: Scenario, *, client: str, clock: Clock | None, seed: int | None) -> Played:
        _refuse_to_hold_a_loop()
        folder = self._place / f"deadair-{self._number}"
        self._number += 1
        folder.mkdir()
        sitting = self._sitting
        found = given(scenario, beside=self._test.path.parent, project=sitting.project, into=folder)
        case = sitting.cast(found.case, client)
        on, unplayable = sitting.clock_for(case, clock or "")
        if unplayable:
            if clock is None and not client:
                pytest.skip(unplayable)
            raise DeadairError(f"{case.place}: {unplayable}")
        asked = client or sitting.wishes.client
        kept = RunFolder(folder, [(case, on)], root=found.root, client=asked, selection=(case.id,), seed=seed)
        result = kept.play(case.id, sitting.players)
        if found.root != sitting.project:
            # Names begin where its file is; from where the user is, only the whole path leads there.
            result = replace(result, case=case.model_copy(update={"id": f"{found.root.as_posix()}/{case.id}"}))
        played = Played(result=result, folder=folder)
        if not played.passed:
            self._test.add_report_section("call", "deadair", str(played))
        return played


def _refuse_to_hold_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise DeadairError(
        "deadair_play returns when the call is over, and would hold the loop of this test: use it in a plain 'def' test"
    )
