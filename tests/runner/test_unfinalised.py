"""The books of the mock in a whole run: what a provider had heard and not finalised when the connection ended."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from harness.expectations import Verdict, judge
from harness.faults import EmbeddedServer
from harness.runner.play import play
from harness.trace import Trace
from harness.trace.query import find
from tests.support.scenarios import case_of, scenario

SPEAKS = "script: [{at: 200ms, say: 4s}]"
EXPECTED = 'audio: {caller: {unfinalised: "<= 100ms"}}, end: {state: active, by: 20s}'


async def played(tmp_path: Path, fault: str) -> Trace:
    case = case_of(tmp_path, scenario(SPEAKS, f"faults: [{fault}]", provider="deepgram", expect=EXPECTED))
    async with aclosing(EmbeddedServer()) as server:
        return await play(case, seed=0, clock="virtual", proxy_server=server)


async def test_a_cut_in_the_middle_of_speech_takes_what_was_not_finalised_with_it(tmp_path: Path) -> None:
    trace = await played(tmp_path, "{at: 2500ms, do: reset}")

    account = find(trace, "wire.reset")[0].fields["account"]
    judgement = judge(trace)
    assert account["received_us"] > account["finalised_us"]
    assert judgement.verdict is Verdict.FAIL
    assert [reason.expectation for reason in judgement.reasons] == ["audio"]


async def test_a_cut_in_silence_takes_nothing_with_it(tmp_path: Path) -> None:
    trace = await played(tmp_path, "{at: 8s, do: reset}")

    account = find(trace, "wire.reset")[0].fields["account"]
    assert account["unfinalised"] == []
    assert judge(trace).verdict is Verdict.PASS
