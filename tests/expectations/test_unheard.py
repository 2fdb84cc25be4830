"""What cannot be known of a client is not asked of it, and that is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.expectations import Verdict, judge
from harness.expectations.unheard import heard, tells
from harness.scenario.model import Case
from harness.trace import End, Event, Header, Trace

WIRE = (
    Event(at_us=0, kind="wire.attempt", connection=1),
    Event(at_us=1_000, kind="wire.open", connection=1),
    Event(at_us=2_000, kind="wire.ready", connection=1),
    Event(at_us=2_001, kind="run.state", fields={"state": "active"}),
    Event(at_us=1_000_000, kind="fault.reset"),
    Event(at_us=1_000_001, kind="wire.reset", connection=1, fields={"by": "proxy"}),
    Event(at_us=1_000_002, kind="run.state", fields={"state": "reconnecting"}),
)
BACK = (
    Event(at_us=2_000_000, kind="wire.attempt", connection=2),
    Event(at_us=2_001_000, kind="wire.open", connection=2),
    Event(at_us=2_002_000, kind="wire.ready", connection=2),
    Event(at_us=2_002_001, kind="run.state", fields={"state": "active"}),
)


def case(expect: dict[str, Any], **more: Any) -> dict[str, Any]:
    reset = {"id": "reset", "trigger": {"at_us": 1_000_000}, "do": {"kind": "reset"}}
    return {
        "id": "a.yaml::a",
        "place": "a.yaml:1",
        "scenario": "a",
        "provider": "openai-realtime",
        "faults": [reset],
        "expect": {"end": {"state": "active", "by_us": 10_000_000}, **expect},
        **more,
    }


def trace(written: dict[str, Any], *, tells: list[str] | None, events: tuple[Event, ...] = WIRE + BACK) -> Trace:
    header = Header(
        case=Case.model_validate(written).model_dump(mode="json"),
        seed=0,
        clock="real",
        proxy="embedded",
        audio_rates_hz={"caller": 24_000, "agent": 24_000},
        client={"reconnects": True} | ({} if tells is None else {"tells": tells}),
    )
    return Trace(header=header, events=events, end=End(at_us=5_000_000, why="settled"))


ORDER = {
    "order": {
        "lines": [
            {"match": {"event": "wire.reset"}},
            {"match": {"event": "connection.reconnecting"}},
            {"match": {"event": "wire.attempt"}, "gap": {"op": "<=", "value": 100_000}},
            {"any_order": [{"event": "wire.ready"}, {"event": "connection.reconnected"}]},
        ]
    }
}


def test_lines_that_only_the_client_could_tell_are_left_out() -> None:
    judgement = judge(trace(case(ORDER), tells=[]))

    assert judgement.verdict is Verdict.PASS, [finding.sentence for finding in judgement.reasons]


def test_what_was_left_out_is_said() -> None:
    said = [finding.sentence for finding in judge(trace(case(ORDER), tells=[])).findings]

    assert (
        "this client does not tell connection.reconnecting, connection.reconnected: nothing was expected of that"
        in said
    )


def test_a_client_that_could_tell_is_held_to_them() -> None:
    assert judge(trace(case(ORDER), tells=None)).verdict is Verdict.FAIL


def test_the_lines_of_the_wire_are_held_to() -> None:
    judgement = judge(trace(case(ORDER), tells=[], events=WIRE))

    assert judgement.verdict is Verdict.FAIL


def test_a_count_of_what_it_cannot_tell_is_left_out() -> None:
    expect = {"count": {"connection.reconnected": {"op": "==", "value": 1}, "wire.attempt": {"op": "==", "value": 2}}}
    played = trace(case(expect), tells=["error"])

    reduced, _ = heard(Case.model_validate(played.header.case), played)

    assert list(reduced.expect.count) == ["wire.attempt"]


def test_a_fault_that_waits_for_what_it_cannot_tell_is_undecided() -> None:
    waits = {"id": "again", "trigger": {"when": {"event": "connection.reconnected"}}, "do": {"kind": "reset"}}
    written = case({})
    written["faults"].append(waits)

    judgement = judge(trace(written, tells=[]))

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert [finding.sentence for finding in judgement.reasons] == [
        "again waits for connection.reconnected, which this client does not tell"
    ]


def test_whether_it_has_given_up_is_not_guessed() -> None:
    written = case({"end": {"state": "error", "by_us": 5_000_000}})
    hung = replace(trace(written, tells=[], events=WIRE), end=End(at_us=5_000_000, why="hung"))

    found = [finding for finding in judge(hung).findings if finding.expectation == "end"]

    assert [finding.verdict for finding in found] == [Verdict.INCONCLUSIVE]


@pytest.mark.parametrize(
    ("told", "kind", "known"),
    [
        (None, "connection.failed", True),
        ([], "connection.failed", False),
        ([], "wire.ready", True),
        (["error"], "error", True),
        (["connection.*"], "connection.failed", True),
        (["connection.failed"], "connection.reconnecting", False),
    ],
)
def test_what_a_client_tells(told: list[str] | None, kind: str, known: bool) -> None:
    assert tells(trace(case({}), tells=told), kind) is known
