"""One run of one client, as the scoreboard needs it: what each rule said, what was injected, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.expectations import Finding, Judgement, Verdict, judge
from harness.expectations.invariants import INVARIANTS, Ruling, Said, Story
from harness.expectations.words import fields_said, moment
from harness.scenario.model import Case, Fault, RotateKey
from harness.scoreboard.incident_classes import classes_of
from harness.trace import Trace

__all__ = ["Missed", "Played", "broken_off", "played"]

INJECTED_SAID_MAX = 3
"""What went wrong first explains more than what went wrong at last."""

OF_THE_RUN = "run"
OF_THE_FAULTS = "faults"
"""Expectations that say nothing of the client: whether the run can be judged, and whether what was meant to happen did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What the scenario asks for, and did not get: the first of it, and what was seen.

    `call_lost`: the caller was left with a dead line. A client that dialled once too often, say, has not lost the call.
    """

    expectation: str
    sentence: str
    at_us: int | None = None
    call_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One run, judged.

    Attributes:
        case_id: What was played, as `deadair run` takes it.
        summary: What a user lived through.
        source: Where the incident is told; empty if nowhere.
        classes: The classes of incidents that the case belongs to.
        lasted_us: How long the run was on its own clock.
        doubt: Why nothing can be said of the call; empty if something can.
        untouched: The doubt is that what was to go wrong never had its moment, as a second connection that was never dialled.
        rulings: What each rule says, by number, without those that the scenario breaks on purpose; empty if the run
            itself is in doubt.
        missed: What the scenario asks for and did not get; None if it got all, or if there is a doubt.
        injected: What went wrong, in words.
        trace: Where the trace is kept.
        version: What the client said of itself, in the trace.
    """

    case_id: str
    scenario: str
    summary: str = ""
    source: str = ""
    classes: tuple[str, ...] = ()
    seed: int
    clock: str
    lasted_us: int = 0
    doubt: str = ""
    untouched: bool = False
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    missed: Missed | None = None
    injected: str = ""
    trace: str = ""
    version: str = ""

    def broke(self, rule: str) -> bool:
        return rule in self.rulings and self.rulings[rule].said is Said.BROKEN


def played(trace: Trace, case: Case, *, trace_path: str = "") -> Played:
    """A finished run, judged with the rules of today."""
    judgement = judge(trace)
    story = Story(trace, case)
    about_the_run = [finding for finding in judgement.reasons if finding.expectation == OF_THE_RUN]
    failed = [finding for finding in judgement.findings if finding.verdict is Verdict.FAIL]
    untouched = [finding for finding in failed if finding.expectation == OF_THE_FAULTS]
    doubt = next((finding.sentence for finding in (*about_the_run, *untouched)), "")
    asked = [finding for finding in failed if finding.expectation not in INVARIANTS]
    excepted = case.expect.invariants_except
    said = trace.header.client
    return Played(
        **_of(case),
        seed=trace.header.seed,
        clock=trace.header.clock,
        lasted_us=story.ended_us,
        doubt=doubt,
        untouched=bool(untouched) and not about_the_run,
        rulings={n: r for n, r in judgement.rulings.items() if n not in excepted} if not about_the_run else {},
        missed=_missed(asked[0], story) if asked and not doubt and not _was_given_a_text(story, judgement) else None,
        injected=_injected(story),
        trace=trace_path,
        version=" ".join(str(said[name]) for name in ("name", "version") if said.get(name)),
    )


def _was_given_a_text(story: Story, judgement: Judgement) -> bool:
    """Whether keys were rotated under a client that was given one as a text: nothing that it could do would bring it back."""
    rotated = any(isinstance(fired.fault.do, RotateKey) for fired in story.fired)
    return rotated and judgement.rulings["I18"].said is Said.NOT_APPLICABLE


def _missed(finding: Finding, story: Story) -> Missed:
    lives = any(attempt.ready is not None and attempt.end is None for attempt in story.attempts)
    return Missed(
        expectation=finding.expectation,
        sentence=finding.sentence,
        at_us=finding.at_us,
        call_lost=not lives and story.stop is None,
    )


def broken_off(case: Case, *, seed: int, clock: str, why: str, trace_path: str = "") -> Played:
    """A run that never came to its end, for this reason."""
    return Played(**_of(case), seed=seed, clock=clock, doubt=why, trace=trace_path)


def _of(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "scenario": case.scenario,
        "summary": case.summary,
        "source": case.source,
        "classes": classes_of(case.tags),
    }


# ── what was injected ────────────────────────────────────────────────────────


def _injected(story: Story) -> str:
    said = list(_trouble(story))
    more = len(said) - INJECTED_SAID_MAX
    return "; ".join(said[:INJECTED_SAID_MAX]) + (f"; and {more} more" if more > 0 else "")


def _trouble(story: Story) -> Iterator[str]:
    moments: list[tuple[int, str]] = [
        (fired.span.from_us, f"{_action(fired.fault)}{_on(fired.span.fired.connection)}") for fired in story.fired
    ]
    if story.stop is not None:
        moments.append((story.stop.at_us, "the application says disconnect()"))
    for at_us, what in sorted(moments, key=lambda each: each[0]):
        yield f"{what} at {moment(at_us)}"


def _action(fault: Fault) -> str:
    """`close {code: 1001, reason: "…"}`, `reset`."""
    told = fault.do.model_dump(mode="json", exclude_defaults=True, exclude={"kind", "layer", "lasting"})
    fields = fields_said(told)
    return f"{fault.do.kind} {fields}" if fields else fault.do.kind


def _on(connection: int | None) -> str:
    return f" on connection {connection}" if connection is not None else ""
