"""Results in words: a line for each case, what broke and how to see it again, and a summary. Pure; `terminal` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.expectations import Finding, Verdict
from harness.expectations.words import count, lasting, ordinal
from harness.reports.lines import Line, Span, Tone, name_told, printable, sentence_told
from harness.reports.report import Report
from harness.reports.result import CaseResult
from harness.reports.waits import BAR_CHARACTERS, drawn

__all__ = [
    "GLYPHS", "WAITS_INDENT_CHARACTERS", "case_lines", "first_sentence", "runs_said", "spent_said",
    "summary_lines", "totals_said",
]  # fmt: skip

FINDINGS_TOLD_MAX = 5
"""Of one case; what broke first broke the rest more often than not, and the trace has it all."""

INDENT = "    "
LABEL_CHARACTERS = 10
WAITS_INDENT_CHARACTERS = len(INDENT) + LABEL_CHARACTERS

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


def first_sentence(result: CaseResult) -> str:
    """The one sentence that says what is wrong with a case, the same in every form; empty for a pass."""
    reasons: tuple[Finding, ...] = result.told_run.judgement.reasons
    return sentence_told(reasons[0].sentence) if reasons else ""


# ── one case ─────────────────────────────────────────────────────────────────


def case_lines(
    result: CaseResult, *, plain: bool = False, ascii_only: bool = False, bar_characters: int = BAR_CHARACTERS
) -> Iterator[Line]:
    """What is told of a case: one line if it passed, and otherwise why not.

    Args:
        plain: For files and pipes: the verdict as a word that can be searched for, instead of a sign.
        ascii_only: For terminals that know no other characters.
        bar_characters: How wide waits are drawn.
    """
    yield _headline(result, plain=plain or ascii_only, ascii_only=ascii_only)
    if result.verdict is Verdict.PASS:
        return
    run = result.told_run
    for finding in run.judgement.reasons[:FINDINGS_TOLD_MAX]:
        yield _labelled(finding.expectation, sentence_told(finding.sentence))
        for line in drawn(finding, ascii_only=ascii_only, bar_characters=bar_characters):
            yield (Span(" " * WAITS_INDENT_CHARACTERS), *line)
    untold = len(run.judgement.reasons) - FINDINGS_TOLD_MAX
    if untold > 0:
        yield _labelled("", f"and {count(untold, 'more finding')}")
    for note in run.notes:
        yield _labelled("note", sentence_told(note))
    if run.trace_path:
        yield _labelled("trace", printable(run.trace_path))
    # It is fit for a shell and a terminal as it is: printed otherwise it would be another command.
    yield _labelled("rerun", result.rerun)


def runs_said(result: CaseResult, *, ascii_only: bool = False) -> str:
    """How its several runs came out: `18 of 20 runs passed, 90 % (70 %–97 %)`; empty where there was one."""
    if result.retried:
        tries = len(result.retried) + 1
        return f"passed at the {ordinal(tries)} try" if result.passed_on_retry else f"{tries} tries, none passed"
    if len(result.runs) == 1:
        return ""
    silent = sum(run.verdict is Verdict.INCONCLUSIVE for run in result.runs)
    parts = [f"{result.passed} of {len(result.runs)} runs passed"]
    if silent:
        parts.append(f"{silent} inconclusive")
    if (rate := result.rate) is not None:
        parts.append(rate.said(ascii_only=ascii_only))
    return ", ".join(parts)


def _headline(result: CaseResult, *, plain: bool, ascii_only: bool) -> Line:
    verdict = result.verdict
    sign = f"{verdict.value:<12}" if plain else GLYPHS[verdict]
    runs = runs_said(result, ascii_only=ascii_only)
    return (
        Span(sign, TONES[verdict]),
        Span(f" {name_told(result.case.id)}"),
        Span(f"  {lasting(result.told_run.lasted_us)}{', ' if runs else ''}{runs}", "dim"),
    )


def _labelled(label: str, text: str) -> Line:
    return (Span(f"{INDENT}{label:<{LABEL_CHARACTERS}}", "dim"), Span(text))


# ── all of them ──────────────────────────────────────────────────────────────


def summary_lines(report: Report, *, virtual_took_s: float | None = None) -> Iterator[Line]:
    """The last lines of a report.

    Args:
        virtual_took_s: What the same cases take on the virtual clock, if that is known; told only where it was the
            real one.
    """
    if report.interrupted:
        over = f"{count(len(report.results), 'case')} {'was' if len(report.results) == 1 else 'were'} over"
        yield (Span(f"interrupted: {over}, the others say nothing", "doubt"),)
    yield tuple(_totals(report))
    yield (Span(spent_said(report), "dim"),)
    if virtual_took_s is not None and _clocks(report) == ["real"]:
        yield (Span(f"the same with --clock virtual: about {_long(virtual_took_s)}", "dim"),)


def totals_said(report: Report) -> str:
    """`3 passed, 1 failed, 1 not played`."""
    return "".join(span.text for span in _totals(report))


def spent_said(report: Report) -> str:
    """`9.3 s of calls in 1.2 s, virtual clock`."""
    clocks = _clocks(report)
    played_us = sum(run.lasted_us for result in report.results for run in (*result.retried, *result.runs))
    on = f", {' and '.join(clocks)} clock" if clocks else ""
    took = f" in {_long(report.took_s)}" if report.took_s else ""
    return f"{_long(played_us / 1e6)} of calls{took}{on}"


def _totals(report: Report) -> Iterator[Span]:
    parts = [
        Span(f"{report.totals[verdict]} {participle}", TONES[verdict])
        for verdict, participle in PARTICIPLES.items()
        if report.totals[verdict]
    ]
    if report.unplayed:
        parts.append(Span(f"{len(report.unplayed)} not played", "dim"))
    if not report.results:
        parts.insert(0, Span("nothing was played", "doubt"))
    for number, part in enumerate(parts):
        yield Span(", " + part.text, part.tone) if number else part


def _clocks(report: Report) -> list[str]:
    return _distinct(run.clock for result in report.results for run in result.runs if run.clock)


def _long(seconds: float) -> str:
    """A span that may be long: `2 min 14 s`, `1.2 s`."""
    if seconds < 60:
        return lasting(round(seconds, 1 if seconds >= 1 else 3) * 1e6)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
