"""A report: all that is told of one run of deadair, whatever form it takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from harness.expectations import Verdict
from harness.reports.lines import name_told
from harness.reports.result import EXIT_INCONCLUSIVE, CaseResult, exit_code, overall
from harness.runs import About

__all__ = ["Report", "Unplayed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplayed:
    """A case that was meant and says nothing; `place` is `path:line` of its scenario, and `why` a few words."""

    case_id: str
    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a run.

    Attributes:
        results: In the order in which they are told.
        took_s: How long all of it took, in seconds of this machine; 0 where nobody measured it.
        interrupted: Whether it was ended before all was played; `unplayed` then has the rest.
        fail_on_flaky: Whether a case that passed only when it was played again fails the whole.
        about: What the run folder says of itself, where there is one.
        page: Where the HTML report is; "" where there is none.
        project: The folder of the project, seen from where the repository begins: places of scenarios are told from there,
            as readers of annotations and XML expect; "" where that is the same, or is not known.
    """

    results: tuple[CaseResult, ...]
    unplayed: tuple[Unplayed, ...] = ()
    took_s: float = 0.0
    interrupted: bool = False
    fail_on_flaky: bool = False
    about: About | None = None
    page: str = ""
    project: str = ""

    @property
    def verdict(self) -> Verdict:
        """On the whole; what was interrupted never passes."""
        verdict = overall(self.results, fail_on_flaky=self.fail_on_flaky)
        return Verdict.INCONCLUSIVE if self.interrupted and verdict is Verdict.PASS else verdict

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return EXIT_INCONCLUSIVE
        return exit_code(self.results, fail_on_flaky=self.fail_on_flaky)

    @property
    def totals(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)

    @property
    def not_passed(self) -> tuple[CaseResult, ...]:
        """What is to be told of first: failures, then what is flaky, then what is inconclusive, each in its order."""
        order = (Verdict.FAIL, Verdict.FLAKY, Verdict.INCONCLUSIVE)
        return tuple(result for verdict in order for result in self.results if result.verdict is verdict)

    def located(self, place: str) -> tuple[str, int]:
        """File and line of a `path:line`, the file seen from where the repository begins."""
        path, _, line = place.rpartition(":")
        return name_told(f"{self.project}/{path}" if self.project else path), int(line) if line.isdecimal() else 1

    @property
    def began_unix_ms(self) -> int:
        """When it began, in milliseconds since 1970; 0 where that is not known."""
        try:
            return int(datetime.fromisoformat(self.about.began).timestamp() * 1000) if self.about else 0
        except (ValueError, OverflowError, OSError):
            return 0
