"""A comparison for a terminal: what changed, the worst first; the times; and at last all of it in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from harness.expectations import Verdict
from harness.expectations.words import count, lasting
from harness.regression.change import FAILING, CaseDrift, Change, Weight
from harness.regression.drift import Drift, Timed
from harness.regression.gate import Standing
from harness.regression.profile import Profile
from harness.regression.shape import Shape
from harness.regression.words import ASCII, SIGNS, TONES, headline, left_and_come, see, time_said, yardstick_said
from harness.reports.lines import Line, Span, Tone, printable

__all__ = ["drift_lines", "profile_lines"]

CASES_TOLD_MAX = 20
TIMES_TOLD_MAX = 20
IDS_TOLD_MAX = 5

LABEL_CHARACTERS = 10

OF_TIMES: dict[Standing, Tone] = {Standing.SLOWER: "bad", Standing.FASTER: "good", Standing.WITHDRAWN: "doubt"}


def drift_lines(drift: Drift, *, ascii_only: bool = False) -> Iterator[Line]:
    """The whole comparison; long ones are shortened, the pages have it all.

    Args:
        ascii_only: For terminals that know no other characters.
    """
    for line in _lines(drift, ASCII if ascii_only else SIGNS):
        yield _in_ascii(line) if ascii_only else line


def profile_lines(profile: Profile, *, ascii_only: bool = False) -> Iterator[Line]:
    """What is kept of a case; where its runs were not alike, of each kind of them."""
    for line in _profile(profile):
        yield _in_ascii(line) if ascii_only else line


def _in_ascii(line: Line) -> Line:
    return tuple(
        Span(span.text.translate(_PLAINLY).encode("ascii", "backslashreplace").decode(), span.tone) for span in line
    )


_PLAINLY = str.maketrans({"…": "...", "→": ">", "×": "x", "–": "-", "µ": "u"})


# ── a comparison ─────────────────────────────────────────────────────────────


def _lines(drift: Drift, signs: Mapping[Weight, str]) -> Iterator[Line]:
    yield (Span("base ", "dim"), Span(printable(drift.base)), Span("   new ", "dim"), Span(printable(drift.new)))
    told = [case for case in drift.cases if case.weight is not Weight.NOTED]
    for case in told[:CASES_TOLD_MAX]:
        yield from _case(case, signs[case.weight], see(drift, case))
    yield from _and_more(len(told) - CASES_TOLD_MAX, "case")
    noted = len(drift.cases) - len(told)
    if noted:
        yield (Span(f"{count(noted, 'case')} changed by too little to matter, or for a reason that is known", "dim"),)
    for title, ids in left_and_come(drift):
        yield (Span(f"{title}: {count(len(ids), 'case')}"),)
        for case_id in ids[:IDS_TOLD_MAX]:
            yield (Span(f"    {printable(case_id)}", "dim"),)
        yield from _and_more(len(ids) - IDS_TOLD_MAX, "case")
    if drift.timed:
        yield from _times(drift)
    yield (Span(printable(headline(drift)), _tone(drift)),)


def _tone(drift: Drift) -> Tone:
    return TONES[drift.cases[0].weight] if drift.cases and drift.compared else "plain" if drift.compared else "doubt"


def _case(case: CaseDrift, sign: str, command: str) -> Iterator[Line]:
    yield (
        Span(f"{sign} {case.weight.value:<{LABEL_CHARACTERS}} ", TONES[case.weight]),
        Span(printable(case.case_id)),
        Span("  real clock" if case.clock == "real" else "", "dim"),
    )
    for change in case.changes:
        yield from _change(change)
    if command and case.weight in FAILING:
        yield (Span(f"    {'see':<{LABEL_CHARACTERS}}", "dim"), Span(command))


def _change(change: Change) -> Iterator[Line]:
    tone: Tone = "dim" if change.weight is Weight.NOTED else "plain"
    label = Span(f"    {change.what:<{LABEL_CHARACTERS}}", "dim")
    yield (label, Span(printable(change.sentence), tone))
    if change.detail:
        yield (Span(" " * (4 + LABEL_CHARACTERS)), Span(printable(change.detail), "dim"))


def _times(drift: Drift) -> Iterator[Line]:
    yield (Span("times, medians", "dim"),)
    for timed in drift.timed[:TIMES_TOLD_MAX]:
        yield _time(timed)
    yield from _and_more(len(drift.timed) - TIMES_TOLD_MAX, "time")
    yield (Span(f"    {'yardstick':<{LABEL_CHARACTERS}} ", "dim"), Span(yardstick_said(drift.yardstick)))


def _time(timed: Timed) -> Line:
    measured = timed.measured
    return (
        Span(f"    {timed.kind:<{LABEL_CHARACTERS}} ", "dim"),
        Span(f"{lasting(measured.base_us):>9} {lasting(measured.new_us):>9}  "),
        Span(f"{time_said(timed)}", OF_TIMES.get(measured.standing, "dim")),
        Span(f"  {printable(timed.case_id)}", "dim"),
    )


def _and_more(left: int, noun: str) -> Iterator[Line]:
    if left > 0:
        yield (Span(f"and {count(left, f'more {noun}')}: '--format html --out FILE' has them all", "dim"),)


# ── what is kept of a case ───────────────────────────────────────────────────


def _profile(profile: Profile) -> Iterator[Line]:
    yield (
        Span(f"{profile.verdict.value:<12}", "good" if profile.verdict is Verdict.PASS else "bad"),
        Span(f" {printable(profile.case_id)}"),
        Span(f"  {profile.clock} clock, {count(len(profile.runs), 'run')}", "dim"),
    )
    # A shape holds a mapping, and what holds one has no hash.
    for shape in {repr(run.shape): run.shape for run in profile.runs}.values():
        yield from _shape(shape)
    for kind, samples in profile.samples_us.items():
        yield _labelled(kind, f"{lasting(median(samples))}, the median of {len(samples)}")


def _shape(shape: Shape) -> Iterator[Line]:
    if shape.sentence:
        yield _labelled("because", shape.sentence)
    yield _labelled("order", " → ".join(shape.order.words))
    if shape.waits_us:
        yield _labelled("waits", ", ".join(lasting(wait) for wait in shape.waits_us))
    for what, us in shape.audio_us.items():
        yield _labelled("audio", f"{what}: {lasting(us)}")


def _labelled(label: str, text: str) -> Line:
    return (Span(f"    {label:<{LABEL_CHARACTERS}} ", "dim"), Span(printable(text)))
