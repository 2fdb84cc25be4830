"""The words that all forms of a comparison share. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping

from harness.expectations.words import count, lasting
from harness.regression.change import FAILING, CaseDrift, Weight
from harness.regression.drift import Drift, Timed
from harness.regression.gate import SAMPLES_MIN, Measured, Standing
from harness.reports.lines import Tone, printable

__all__ = [
    "ASCII",
    "MEANINGS",
    "SIGNS",
    "TONES",
    "causes",
    "counted",
    "headline",
    "left_and_come",
    "see",
    "time_said",
    "yardstick_said",
]

SIGNS: Mapping[Weight, str] = {
    Weight.WORSE: "✗",
    Weight.DIFFERENT: "≠",
    Weight.UNKNOWN: "?",
    Weight.BETTER: "✓",
    Weight.NOTED: "·",
}
ASCII: Mapping[Weight, str] = {
    Weight.WORSE: "x",
    Weight.DIFFERENT: "!",
    Weight.UNKNOWN: "?",
    Weight.BETTER: "+",
    Weight.NOTED: ".",
}
TONES: Mapping[Weight, Tone] = {
    Weight.WORSE: "bad",
    Weight.DIFFERENT: "bad",
    Weight.UNKNOWN: "doubt",
    Weight.BETTER: "good",
    Weight.NOTED: "dim",
}
MEANINGS: Mapping[Weight, str] = {
    Weight.WORSE: "it does now what it should not, or takes longer",
    Weight.DIFFERENT: "another behaviour; if it was meant, 'deadair baseline update' agrees to it",
    Weight.UNKNOWN: "something looks changed, and this comparison cannot say so",
    Weight.BETTER: "it does now what it should, or takes less time",
    Weight.NOTED: "it explains something, or is too small to matter",
}


def headline(drift: Drift) -> str:
    """The comparison in one sentence."""
    if not drift.compared and not drift.gone and drift.added:
        return f"the base has none of these cases: all {len(drift.added)} are new"
    if not drift.compared:
        return "nothing could be compared: the two have no case in common"
    failing = drift.having(*FAILING)
    if not failing:
        rest = counted(drift)
        return f"no regression in {count(drift.compared, 'case')}" + (f": {rest}" if rest else ", and nothing changed")
    why, times = causes(drift)[0]
    among = f" (in {count(times, 'case')})" if times > 1 or len(failing) > 1 else ""
    return f"{counted(drift)}, of {count(drift.compared, 'case')}: {why}{among}"


def counted(drift: Drift) -> str:
    """How many cases there are of each weight: `12 worse, 1 better`; empty if none changed in a way that matters."""
    weights = [(weight, len(drift.having(weight))) for weight in Weight if weight is not Weight.NOTED]
    return ", ".join(f"{cases} {weight.value}" for weight, cases in weights if cases)


def see(drift: Drift, case: CaseDrift) -> str:
    """The command that shows more of a case: both runs side by side, or the new one once more; empty if none was kept."""
    base, new = (f"{run}::{case.case_id}" if run else "" for run in drift.runs)
    words = ("deadair", "diff", base, new) if base and new else ("deadair", "rerun", new) if new else ()
    return printable(shlex.join(words))


def causes(drift: Drift) -> tuple[tuple[str, int], ...]:
    """What is said of the cases that failed the gate, and in how many of them, the most frequent first. Of two that are
    equally frequent a behaviour comes before the verdict that it led to."""
    said = Counter(
        (change.sentence, change.what)
        for case in drift.having(*FAILING)
        for change in case.changes
        if change.weight in FAILING
    )
    ordered = sorted(said.items(), key=lambda each: (-each[1], _RANKS.index(each[0][1]), each[0][0]))
    return tuple((sentence, times) for (sentence, _), times in ordered)


_RANKS = ("waits", "order", "audio", "time", "verdict", "messages", "scenario")


def left_and_come(drift: Drift) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The cases that only one side has, under what is to be said of them."""
    both = (("only in the base", drift.gone), ("only in the new one", drift.added))
    return tuple((title, ids) for title, ids in both if ids)


def time_said(timed: Timed) -> str:
    """What became of a time: `slower`, or `~` with the smallest slowdown that would have been told."""
    measured = timed.measured
    if measured.standing is Standing.TOO_FEW:
        return f"~, {count(measured.samples, 'sample')} of the {SAMPLES_MIN} that it takes"
    if measured.standing is not Standing.SAME:
        return "~, withdrawn" if measured.standing is Standing.WITHDRAWN else measured.standing.value
    if timed.seen_from_us is None:
        return "~, and would have seen nothing"
    return f"~, would have seen {_share(timed.seen_from_us, measured.base_us)}"


def _share(us: float, of_us: float) -> str:
    share = f" ({100 * us / of_us:.0f} %)" if of_us else ""
    return f"{lasting(us)}{share}"


def yardstick_said(yardstick: Measured | None) -> str:
    """What the yardstick says of the host."""
    if yardstick is None:
        return "no yardstick was measured, so no time is called slower or faster"
    took = f"a bare round trip took {lasting(yardstick.base_us)}, and {lasting(yardstick.new_us)}"
    match yardstick.standing:
        case Standing.SAME:
            return f"{took}: the host was the same"
        case Standing.TOO_FEW:
            return f"{took}: too few to tell whether the host was the same"
        case _:
            return f"{took}: the host itself was {yardstick.standing.value}, so no time is called so"
