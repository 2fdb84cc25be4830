"""Results in words: a line for each case, what broke and how to see it again, and a summary. Pure; `terminal` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.expectations import Finding, Verdict
from harness.expectations.words import count, lasting
from harness.reports.lines import Line, Span, Tone, printable
from harness.reports.result import CaseResult
from harness.reports.waits import drawn

__all__ = ["case_lines", "first_sentence", "summary_lines"]

FINDINGS_TOLD_MAX = 5
"""Of one case; what broke first broke the rest more often than not, and the trace has it all."""

INDENT = "    "
LABEL_CHARACTERS = 10

TONES: dict[Verdict, Tone] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INCONCLUSIVE: "doubt",
    Verdict.FLAKY: "doubt",
}

GLYPHS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", Verdict.FLAKY: "~"}
PARTICIPLES = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.FLAKY: "flaky",
    Verdict.INCONCLUSIVE: "inconclusive",
}


def case_lines(result: CaseResult, *, plain: bool = False, ascii_only: bool = False) -> Iterator[Line]:
    """What is told of a case: one line if it passed, and otherwise why not.

    Args:
        plain: For files and pipes: the verdict as a word that can be searched for, instead of a sign.
        ascii_only: For terminals that know no other characters.
    """
    yield _headline(result, plain=plain or ascii_only)
    if result.verdict is Verdict.PASS:
        return
    run = result.told_run
    for finding in run.judgement.reasons[:FINDINGS_TOLD_MAX]:
        yield _labelled(finding.expectation, finding.sentence)
        for line in drawn(finding, ascii_only=ascii_only):
            yield (Span(INDENT + " " * LABEL_CHARACTERS), *line)
    untold = len(run.judgement.reasons) - FINDINGS_TOLD_MAX
    if untold > 0:
        yield _labelled("", f"and {count(untold, 'more finding')}")
    for note in run.notes:
        yield _labelled("note", note)
    if run.trace_path:
        yield _labelled("trace", run.trace_path)
    yield _labelled("rerun", result.rerun)


def _headline(result: CaseResult, *, plain: bool) -> Line:
    verdict = result.verdict
    sign = f"{verdict.value:<12}" if plain else GLYPHS[verdict]
    runs = f", {result.passed} of {len(result.runs)} runs passed" if len(result.runs) > 1 else ""
    return (
        Span(sign, TONES[verdict]),
        Span(f" {printable(result.case.id)}"),
        Span(f"  {lasting(result.told_run.lasted_us)}{runs}", "dim"),
    )


def _labelled(label: str, text: str) -> Line:
    return (Span(f"{INDENT}{label:<{LABEL_CHARACTERS}}", "dim"), Span(printable(text)))


def summary_lines(
    results: Sequence[CaseResult], *, took_s: float, virtual_took_s: float | None = None
) -> Iterator[Line]:
    """The last lines of a report.

    Args:
        took_s: How long all of it took.
        virtual_took_s: What the same cases take on the virtual clock, if that is known; told only where it was the
            real one.
    """
    yield tuple(_totals(results))
    clocks = _distinct(run.clock for result in results for run in result.runs if run.clock)
    played_us = sum(run.lasted_us for result in results for run in result.runs)
    on = f", {' and '.join(clocks)} clock" if clocks else ""
    yield (Span(f"{_long(played_us / 1e6)} of calls in {_long(took_s)}{on}", "dim"),)
    if virtual_took_s is not None and clocks == ["real"]:
        yield (Span(f"the same with --clock virtual: about {_long(virtual_took_s)}", "dim"),)


def _totals(results: Sequence[CaseResult]) -> Iterator[Span]:
    counted = Counter(result.verdict for result in results)
    first = True
    for verdict, participle in PARTICIPLES.items():
        if counted[verdict]:
            yield Span(f"{'' if first else ', '}{counted[verdict]} {participle}", TONES[verdict])
            first = False
    if first:
        yield Span("nothing was played", "doubt")


def _long(seconds: float) -> str:
    """A span that may be long: `2 min 14 s`, `1.2 s`."""
    if seconds < 60:
        return lasting(round(seconds, 1 if seconds >= 1 else 3) * 1e6)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def first_sentence(result: CaseResult) -> str:
    """The one sentence that says what is wrong with a case; empty for a pass."""
    reasons: tuple[Finding, ...] = result.told_run.judgement.reasons
    return printable(reasons[0].sentence) if reasons else ""
