"""A replay does what was done: played once with its faults, and once more from the trace alone."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from harness.engines import VirtualTime
from harness.expectations import judge
from harness.faults import EmbeddedServer
from harness.replay import audible, difference, script_of
from harness.replay.script import Script
from harness.reports.difference import difference_lines
from harness.runner.play import play
from harness.scenario import Case
from harness.trace import Trace
from harness.trace.query import attempts, find
from tests.support.scenarios import case_of, scenario

FAULTS = {
    "a reset": "{at: 2s, do: reset}",
    "a drop in the middle of speech": "{when: {server.response.output_audio.delta: {nth: 3}}, do: drop}",
    "an outage": "{at: 2s, do: down, for: 4s}",
    "refused by TCP": "{at: 1s, do: refuse, for: 3s}, {at: 2s, do: drop}",
    "a close with its reason": '{at: 2s, do: {close: 1011, reason: "try again"}}',
    "a close without a code": "{at: 2s, do: {close: none}}",
    "a close that is never answered": "{at: 2s, do: {close: 1011, never_answer: true}}",
    "refused by HTTP": "{at: 2s, do: drop}, {when: wire.attempt, do: {http: 429, retry_after: 3s, form: header-ms}, times: 1}",
    "a slow handshake": "{at: 2s, do: drop}, {after: 500ms, do: {stall: tcp}, for: 3s}",
    "an upgrade and then nothing": "{at: 2s, do: drop}, {after: 500ms, do: {stall: upgrade}, until: {wire.attempt: {nth: 3}}}",
    "never ready": "{at: 2s, do: drop}, {after: 500ms, do: {stall: ready}, times: 1}",
    "a black hole": "{at: 2s, do: blackhole, for: 8s}",
    "latency": "{at: 2s, do: {latency: 400ms}, for: 5s}",
    "a frame that is no JSON": "{at: 2s, do: {frame: truncated-json}}",
    "unanswered pings": "{at: 1s, do: mute_pings, for: 5s}",
    "a message out of turn": "{at: 2s, do: {send: response.done}}",
    "garbled messages": "{at: 1s, do: {garble: response.output_audio.delta}, for: 2s}",
    "doubled messages": "{at: 1s, do: {duplicate: response.output_audio.delta}, for: 2s}",
    "the end of the session": "{at: 2s, do: session_expired}",
    "a fault that never fires": "{when: wire.refused, do: reset, allow_unfired: true}",
    "nothing": "",
}


def played(case: Case, script: Script | None = None) -> Trace:
    """On a virtual clock of its own: the network of a second run on the same one is not as fast as that of the first."""

    async def main() -> Trace:
        async with aclosing(EmbeddedServer(seed=3)) as server:
            return await play(case, seed=3, clock="virtual", proxy_server=server, script=script)

    return VirtualTime().run(main, seed=3)


def told(left: Trace, right: Trace) -> str:
    """What is different, in words; "" for nothing."""
    found = difference(audible(left), audible(right))
    lines = difference_lines(found, left="then", right="now")
    return "" if found.is_same else "\n".join("".join(span.text for span in line) for line in lines)


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_a_replay_to_the_same_client_is_the_same_call(tmp_path: Path, faults: str):
    case = case_of(tmp_path, scenario(f"faults: [{faults}]" if faults else ""))
    then = played(case)

    now = played(case, script_of(then))

    assert told(then, now) == ""
    assert judge(now).verdict == judge(then).verdict


@pytest.mark.parametrize("provider", ["gemini-live", "deepgram"])
def test_every_provider_is_replayed_in_its_own_frames(tmp_path: Path, provider: str):
    case = case_of(tmp_path, scenario("faults: [{at: 2s, do: {close: 1011}}]", provider=provider))
    then = played(case)

    now = played(case, script_of(then))

    assert told(then, now) == ""
    assert [event.fields for event in find(now, "audio.output")] == [
        event.fields for event in find(then, "audio.output")
    ]


def test_a_replay_needs_no_faults_of_its_own(tmp_path: Path):
    """The server does what it did; the case's own faults would be a second set."""
    case = case_of(tmp_path, scenario("faults: [{at: 2s, do: {close: 1011}}]"))
    then = played(case)

    now = played(case.model_copy(update={"faults": ()}), script_of(then))

    assert told(then, now) == ""


def test_a_connection_that_was_not_recorded_is_refused(tmp_path: Path):
    """The recorded client gave up after one attempt more; this one goes on."""
    case = case_of(tmp_path, scenario("faults: [{at: 2s, do: down, for: 5s}]"))
    then = played(case)
    script = script_of(then)
    assert len(script.connections) == 4

    now = played(case, Script(connections=script.connections[:2], settled_us=0))

    beyond = find(now, "replay.beyond")
    assert [event.connection for event in beyond] == [3, 4, 5, 6]
    assert beyond[0].fields == {"recorded": 2}
    assert [one.end.fields["status"] for one in attempts(now)[2:] if one.end] == [503, 503, 503, 503]


def test_a_fault_that_the_call_never_came_to_is_told_to_be_unfired(tmp_path: Path):
    case = case_of(
        tmp_path, scenario("faults: [{at: 2s, do: drop}, {when: {wire.ready: {nth: 2}}, after: 1s, do: reset}]")
    )
    then = played(case)
    hangs_up = case_of(
        tmp_path, scenario("script: [{at: 1s, disconnect: true}]", expect="end: {state: disconnected, by: 9s}")
    )

    now = played(hangs_up, script_of(then))

    unfired = [event for event in now.events if event.kind.endswith(".unfired")]
    assert [event.kind for event in unfired] == ["fault.drop.unfired", "fault.reset.unfired"]
    assert unfired[0].fields == {"why": "the call never came to where it happened in the recording"}


def test_nothing_of_a_replay_is_left_behind(tmp_path: Path):
    """A stall that nothing ends, on a connection that nobody closes."""
    case = case_of(
        tmp_path,
        scenario(
            "faults: [{at: 2s, do: drop}, {after: 1ms, do: {stall: tcp}}]", expect="end: {state: active, by: 15s}"
        ),
    )
    then = played(case)

    now = played(case, script_of(then))

    assert told(then, now) == ""
