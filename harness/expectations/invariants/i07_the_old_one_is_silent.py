"""I7: what an old connection still delivers never reaches the application once the next one is up."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable
from harness.expectations.invariants.story import Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits
from harness.trace import Event
from harness.trace.query import Attempt

__all__ = ["INVARIANT"]


def check(story: Story, limits: Limits) -> Ruling:
    stragglers = list(_stragglers(story))
    if not stragglers:
        return not_applicable("no old connection still spoke when the next one was up")
    if not story.tells("audio.output"):
        return not_applicable("nothing is known of what this client plays")
    for sent, new in stragglers:
        begins, ends = sent.fields["audio"][0]
        heard = next(
            (
                event
                for index, event in story.told
                if event.kind == "audio.output"
                and event.at_us >= sent.at_us
                and any(part[0] < ends and begins < part[1] for part in event.fields.get("audio") or [])
            ),
            None,
        )
        if heard is not None:
            return broken(
                f"audio that connection {sent.connection} sent at {moment(sent.at_us)}, when connection {new.connection} was "
                f"up, was played at {moment(heard.at_us)}",
                at_us=heard.at_us,
                connections=(sent.connection or 0, new.connection),
            )
    return kept(f"{len(stragglers)} messages of an old connection, none of them told")


def _stragglers(story: Story) -> list[tuple[Event, Attempt]]:
    """Audio that a connection sent after a newer one was ready."""
    found = []
    for event in story.trace.events:
        if event.owner != "server" or not event.fields.get("audio") or event.connection is None:
            continue
        newer = next(
            (
                a
                for a in story.attempts
                if a.connection > event.connection and a.ready is not None and a.ready.at_us < event.at_us
            ),
            None,
        )
        if newer is not None and not _is_said_elsewhere(story, event):
            found.append((event, newer))
    return found


def _is_said_elsewhere(story: Story, sent: Event) -> bool:
    """Whether another connection brought a part of the same: then nobody can tell from which one it was played."""
    begins, ends = sent.fields["audio"][0]
    return any(
        part[0] < ends and begins < part[1]
        for event in story.trace.events
        if event.owner == "server" and event.connection not in (None, sent.connection)
        for part in event.fields.get("audio") or []
    )


INVARIANT = Invariant(
    number="I7",
    rule="Events of an old connection never reach the application once the next one is up.",
    why="Two agents talk over each other, and the transcript is of neither.",
    check=check,
)
