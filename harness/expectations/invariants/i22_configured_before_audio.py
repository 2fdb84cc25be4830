"""I22: on a new connection the configuration comes first, and audio only then."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import count, moment
from harness.scenario.limits import Limits

__all__ = ["INVARIANT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What configures a session of one provider, and what says that it did."""

    config: str
    done: str


OPENINGS = {
    "gemini-live": Opening(config="client.setup", done="server.setupComplete"),
    "openai-realtime": Opening(config="client.session.update", done="server.session.updated"),
}
"""Deepgram is configured by the address of the upgrade, so that nothing can come before it."""


def check(story: Story, limits: Limits) -> Ruling:
    opening = OPENINGS.get(story.case.provider)
    if opening is None:
        return not_applicable("this provider is configured by the address of the upgrade")
    firsts: dict[int, dict[str, int]] = {}
    for index, event in enumerate(story.trace.events):
        if event.connection is None:
            continue
        kind = "audio" if event.owner == "client" and "audio" in event.fields else event.kind
        firsts.setdefault(event.connection, {}).setdefault(kind, index)
    if not any(opening.config in first for first in firsts.values()):
        return not_applicable("the client never configured its session")
    spoken = [(number, first) for number, first in firsts.items() if "audio" in first]
    for number, first in spoken:
        asked = first.get(opening.config)
        audio = story.trace.events[first["audio"]]
        if asked is None or asked > first["audio"]:
            return broken(
                f"connection {number} got audio at {moment(audio.at_us)}, "
                f"{'and was never configured' if asked is None else 'before it was configured'}",
                at_us=audio.at_us,
                expected=[opening.config, "audio"],
                got=["audio"] if asked is None else ["audio", opening.config],
                connections=(number,),
            )
        done = first.get(opening.done)
        if number > spoken[0][0] and done is not None and done > first["audio"]:
            return broken(
                f"connection {number} got audio at {moment(audio.at_us)}, before {opening.done} confirmed its configuration",
                at_us=audio.at_us,
                expected=[opening.config, opening.done, "audio"],
                got=[opening.config, "audio", opening.done],
                connections=(number,),
            )
    return kept(
        f"{count(len(spoken), 'connection')}, configured before {'its' if len(spoken) == 1 else 'their'} first audio"
    )


INVARIANT = Invariant(
    number="I22",
    rule="On a new connection the configuration comes first and is confirmed, and only then comes audio.",
    why="Speech that arrives first is heard with the wrong voice detection, the wrong rate, the wrong language.",
    check=check,
)
