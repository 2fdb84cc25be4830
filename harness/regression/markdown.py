"""A comparison as Markdown, as GitHub shows it in a job's summary. Pure; whatever names and reasons hold is text, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from harness.expectations.words import count, lasting
from harness.regression.aligned import Row, aligned
from harness.regression.change import FAILING, CaseDrift, Change, Weight
from harness.regression.drift import Drift, Timed
from harness.regression.words import SIGNS, causes, headline, left_and_come, see, time_said, yardstick_said
from harness.reports.markdown_words import fenced, in_line

__all__ = ["as_markdown"]

CASES_TOLD_MAX = 50
"""A summary that is too long is not shown at all, without a word."""

CAUSES_TOLD_MAX = 10
IDS_TOLD_MAX = 20
TIMES_TOLD_MAX = 50
ROWS_TOLD_MAX = 30
TEXT_CHARACTERS_MAX = 500


def as_markdown(drift: Drift) -> str:
    """The comparison as the text of a file, below 200 kB however much changed."""
    return "\n".join(_lines(drift)) + "\n"


def _lines(drift: Drift) -> Iterator[str]:
    sign = SIGNS[drift.cases[0].weight] if drift.cases else SIGNS[Weight.BETTER]
    yield f"## {sign} {_text(headline(drift))}"
    yield ""
    yield f"{_text(drift.base)} → {_text(drift.new)}"
    found = causes(drift)
    if len(found) > 1:
        yield ""
        yield "| what changed | cases |"
        yield "|---|--:|"
        yield from (f"| {_text(sentence)} | {times} |" for sentence, times in found[:CAUSES_TOLD_MAX])
    told = [case for case in drift.cases if case.weight is not Weight.NOTED]
    for case in told[:CASES_TOLD_MAX]:
        yield ""
        yield from _case(case, see(drift, case))
    if len(told) > CASES_TOLD_MAX:
        yield ""
        yield f"And {count(len(told) - CASES_TOLD_MAX, 'more case')}."
    for title, ids in left_and_come(drift):
        yield ""
        yield f"{title.capitalize()}: {count(len(ids), 'case')}"
        yield ""
        yield from (f"- {_text(case_id)}" for case_id in ids[:IDS_TOLD_MAX])
        if len(ids) > IDS_TOLD_MAX:
            yield f"- and {len(ids) - IDS_TOLD_MAX} more"
    if drift.timed:
        yield ""
        yield from _times(drift)


def _case(case: CaseDrift, command: str) -> Iterator[str]:
    clock = ", real clock" if case.clock == "real" else ""
    yield f"### {SIGNS[case.weight]} {_text(case.case_id)} ({case.weight.value}{clock})"
    yield ""
    for change in case.changes:
        yield f"- {change.what}: {_text(change.sentence)}{f' ({_text(change.detail)})' if change.detail else ''}"
    order = next((change for change in case.changes if change.what == "order"), None)
    if order is not None and case.weight in FAILING:
        yield from _columns(order)
    if command and case.weight in FAILING:
        yield ""
        yield from fenced(command, "sh")


def _columns(order: Change) -> Iterator[str]:
    base, new = (side.words if side is not None else () for side in (order.base, order.new))
    rows = aligned(base, new)
    yield ""
    yield "| base | new |"
    yield "|---|---|"
    yield from (_row(row) for row in rows[:ROWS_TOLD_MAX])
    if len(rows) > ROWS_TOLD_MAX:
        yield "| … | … |"


def _row(row: Row) -> str:
    if row.left_out:
        return f"| … {row.left_out} the same … | |"
    if row.same:
        return f"| {_text(row.base)} | {_text(row.new)} |"
    return "| " + " | ".join(f"**{_text(side)}**" if side else "" for side in (row.base, row.new)) + " |"


def _times(drift: Drift) -> Iterator[str]:
    yield "| time | base | new | | case |"
    yield "|---|--:|--:|---|---|"
    yield from (_time(timed) for timed in drift.timed[:TIMES_TOLD_MAX])
    yield ""
    yield f"Medians. Yardstick: {_text(yardstick_said(drift.yardstick))}."


def _time(timed: Timed) -> str:
    measured = timed.measured
    took = f"{lasting(measured.base_us)} | {lasting(measured.new_us)}"
    return f"| {_text(timed.kind)} | {took} | {_text(time_said(timed))} | {_text(timed.case_id)} |"


def _text(text: str) -> str:
    return in_line(text if len(text) <= TEXT_CHARACTERS_MAX else f"{text[:TEXT_CHARACTERS_MAX]}…")
