"""An application whose functions return: what the model asks for is answered, as late as the script says."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from harness.expectations import Verdict, judge
from harness.faults import EmbeddedServer
from harness.runner.play import play
from harness.trace import Event, Trace
from harness.trace.query import find
from tests.support.scenarios import case_of, scenario

CALLS = "{at: 1s, text: call look_up_order}"
ANSWERS = "{when: function_call, answer: shipped on Monday, after: 2s}"
EXPECTED = "end: {state: active, by: 30s}"


async def played(tmp_path: Path, *steps: str, provider: str = "gemini-live", faults: str = "[]") -> Trace:
    script = f"script: [{', '.join(steps)}]"
    case = case_of(tmp_path, scenario(script, f"faults: {faults}", provider=provider, expect=EXPECTED))
    async with aclosing(EmbeddedServer()) as server:
        return await play(case, seed=0, clock="virtual", proxy_server=server)


def the(events: tuple[Event, ...]) -> Event:
    (event,) = events
    return event


async def test_a_function_returns_as_late_as_the_script_says(tmp_path: Path) -> None:
    trace = await played(tmp_path, CALLS, ANSWERS)

    call, answer = the(find(trace, "function_call")), the(find(trace, "client.toolResponse"))
    assert 2_000_000 <= answer.at_us - call.at_us < 2_010_000
    assert answer.fields["functionResponses"][0]["id"] == call.fields["call_id"]


async def test_each_call_is_answered(tmp_path: Path) -> None:
    trace = await played(tmp_path, CALLS, "{at: 8s, text: call look_up_order}", ANSWERS)

    asked = [event.fields["call_id"] for event in find(trace, "function_call")]
    answered = [event.fields["functionResponses"][0]["id"] for event in find(trace, "client.toolResponse")]
    assert len(asked) == 2
    assert answered == asked


async def test_a_run_waits_for_a_function_that_is_running(tmp_path: Path) -> None:
    trace = await played(tmp_path, CALLS, "{when: function_call, answer: shipped on Monday, after: 15s}")

    assert find(trace, "client.toolResponse")


async def test_a_function_that_is_never_called_keeps_no_run_open(tmp_path: Path) -> None:
    trace = await played(tmp_path, "{at: 1s, text: good morning}", ANSWERS)

    assert trace.end is not None
    assert trace.end.why == "settled"


async def test_a_result_that_comes_after_the_drop_is_told_to_the_new_session(tmp_path: Path) -> None:
    cut = "[{when: server.response.function_call_arguments.done, after: 1s, do: drop}]"

    trace = await played(tmp_path, CALLS, ANSWERS, provider="openai-realtime", faults=cut)

    outputs = [
        event
        for event in find(trace, "client.conversation.item.create")
        if event.fields["item"]["type"] == "function_call_output"
    ]
    assert [event.connection for event in outputs] == [2]
    assert judge(trace).verdict is Verdict.PASS


async def test_a_result_for_which_the_provider_has_no_use_harms_nobody(tmp_path: Path) -> None:
    """Deepgram's pipeline takes no results: that is written down, and the call goes on."""
    trace = await played(tmp_path, CALLS, ANSWERS, provider="deepgram")

    assert judge(trace).verdict is Verdict.PASS
