"""I28: tasks, sockets and memory come back to where they were, and no error is let go of."""

from __future__ import annotations

from harness.expectations.invariants.ruling import Invariant, Ruling, broken, kept, not_applicable, undecided
from harness.expectations.invariants.story import Story
from harness.expectations.words import moment
from harness.scenario.limits import Limits
from harness.trace.query import find

__all__ = ["INVARIANT"]

STOPPED_HALFWAY = "disconnect() did not return"
GOES_ON = "goes on after it was cancelled"
"""How the runner says it, in the words of the trace's end."""


def check(story: Story, limits: Limits) -> Ruling:
    end = story.trace.end
    if end is None:
        return undecided("the trace stops halfway")
    if end.why == "left-behind" and _was_cut_short(end.detail):
        return undecided("the client was slow to hang up, and was stopped halfway: what was left then may come of that")
    if end.why == "left-behind":
        return broken(f"the client was stopped, and left something behind: {end.detail}", at_us=end.at_us)
    unhandled = find(story.trace, "run.unhandled")
    if unhandled:
        first = unhandled[0]
        more = f", and {len(unhandled) - 1} more" if len(unhandled) > 1 else ""
        return broken(
            f"an error that nobody caught, at {moment(first.at_us)}: {first.fields.get('error')}{more}",
            at_us=first.at_us,
        )
    if end.why not in ("settled", "deadline"):
        return not_applicable(f"the run ended otherwise ({end.why})")
    if story.trace.header.clock != "virtual":
        return not_applicable("on the real clock, cases share a process: whose a task is cannot be said")
    if end.let_go:
        more = f", and {len(end.let_go) - 1} more" if len(end.let_go) > 1 else ""
        return undecided(f"a task of the client died, and nobody had looked by the end: {end.let_go[0]}{more}")
    return kept("nothing was left behind, and no error was let go of")


def _was_cut_short(detail: str) -> bool:
    """Whether `disconnect()` was not through when it was cancelled, and gave in to that."""
    return detail.startswith(STOPPED_HALFWAY) and GOES_ON not in detail


INVARIANT = Invariant(
    number="I28",
    rule="Tasks, sockets and memory come back to where they were when it is over, and no error is let go of.",
    why="A process that takes calls all day dies of what each of them leaves.",
    check=check,
)
