"""I25: what was pending when a connection was lost is settled, and not twice: answered, asked again, or called off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits
from harness.trace import Event

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    calls = [(index, event) for index, event in story.told if event.kind == "function_call"]
    if not calls:
        return not_applicable("the client was asked to call no function")
    answers = Counter((call, event.connection) for event in story.trace.events for call in _answers(event))
    answered = {call for call, _ in answers}
    twice = [call for (call, _), times in answers.items() if times > 1]
    if twice:
        # Said again on the next connection, an answer is history; said twice on one, it is two.
        return broken(f"{count(len(twice), 'call')} of a function answered more than once: {', '.join(twice[:3])}")
    for index, event in calls:
        call = str(event.fields.get("call_id"))
        lost = next((drop for drop in story.drops if drop.index > index), None)
        settled = call in answered or any(
            other.kind == "function_call.cancelled" and other.fields.get("call_id") == call for _, other in story.told
        )
        if lost is None or settled or lost.again is None or lost.again.ready is None:
            continue
        if not story.lasted_to(lost.again.ready.at_us + limits.settled_within_us):
            return undecided("the run was over before the call could have been settled")
        if story.case.client is None or lost.at_us - event.at_us > limits.settled_within_us:
            # deadair's own providers leave the answer to the application, and the caller that plays one here gives none.
            return undecided("nobody had answered the call by then, which may be the application's doing")
        return broken(
            f"the call {call!r} of {moment(event.at_us)} was pending when the connection was lost at {moment(lost.at_us)}, and "
            "was neither answered nor called off",
            at_us=event.at_us,
            connections=(lost.lost.connection,),
        )
    return kept(f"{count(len(calls), 'call')} of a function, none left pending and none answered twice")


def _answers(event: Event) -> Iterator[str]:
    """The calls that this client message answers, in the words of either provider that has them."""
    if event.kind == "client.toolResponse":
        for response in event.fields.get("functionResponses") or []:
            if isinstance(response, dict) and response.get("id"):
                yield str(response["id"])
    elif event.kind == "client.conversation.item.create":
        item = event.fields.get("item")
        if isinstance(item, dict) and item.get("type") == "function_call_output" and item.get("call_id"):
            yield str(item["call_id"])


INVARIANT = Invariant(
    number="I25",
    rule="What is pending when a connection is lost is settled: answered, asked again, or called off; never twice, never left.",
    why="The agent waits for an answer that nobody will give, and the bot is mute.",
    check=check,
)
