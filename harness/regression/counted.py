"""Runs on the real clock, compared by counting: there one and the same code is not the same twice. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.expectations import Verdict
from harness.regression.change import Change, Weight
from harness.regression.exact import first_divergence, verdict_change
from harness.regression.profile import Profile
from harness.regression.shape import Order, Shape
from harness.regression.statistics import fisher

__all__ = ["Counted", "certain_changes", "counts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A difference in how often something was seen. `chance` is its p, not yet corrected for other tests beside it;
    `claimed` is what to say if that leaves no doubt, and `otherwise` if it does."""

    chance: float
    claimed: Change
    otherwise: Change


def certain_changes(base: Profile, new: Profile) -> Iterator[Change]:
    """What needs no counting: all runs of either side had one verdict, and not the same."""
    if _is_unanimous(base) and _is_unanimous(new):
        yield from verdict_change(base.runs[0].shape, new.runs[0].shape)


def counts(base: Profile, new: Profile) -> Iterator[Counted]:
    """What was seen more often on one side than on the other."""
    if not (_is_unanimous(base) and _is_unanimous(new)):
        yield from _verdicts(base, new)
    yield from _orders("order", lambda shape: shape.order, base, new)
    yield from _orders("messages", lambda shape: shape.sent, base, new)


def _is_unanimous(profile: Profile) -> bool:
    return len({run.shape.verdict for run in profile.runs}) == 1


def _verdicts(base: Profile, new: Profile) -> Iterator[Counted]:
    before, after = ((each.passed(), each.failed()) for each in (base, new))
    if before[0] * after[1] == before[1] * after[0]:
        return
    said = f"passed {before[0]} of {sum(before)} times, and now {after[0]} of {sum(after)}"
    worse = after[1] * sum(before) > before[1] * sum(after)
    why = next((run.shape.sentence for run in (new if worse else base).runs if run.shape.verdict is Verdict.FAIL), "")
    yield Counted(
        chance=fisher(before, after),
        claimed=Change(weight=Weight.WORSE if worse else Weight.BETTER, what="verdict", sentence=f"{said}: {why}"),
        otherwise=Change(weight=Weight.NOTED, what="verdict", sentence=f"~ {said}, which chance does as well: {why}"),
    )


def _orders(what: str, of: Callable[[Shape], Order], base: Profile, new: Profile) -> Iterator[Counted]:
    """How often the order was the one that both together had most often: chosen from both, the test is fair to either."""
    before, after = ([of(run.shape) for run in each.runs] for each in (base, new))
    usual = Counter([*before, *after]).most_common(1)[0][0]
    had = tuple((orders.count(usual), len(orders) - orders.count(usual)) for orders in (before, after))
    if had[0][1] + had[1][1] == 0:
        return
    was, is_ = (Counter(orders).most_common(1)[0][0] for orders in (before, after))
    if was == is_:
        return
    words = first_divergence(was, is_)
    said = f"the client sends other messages: {words}" if what == "messages" else words
    often = f"(most often: {before.count(was)} of {len(before)} and {after.count(is_)} of {len(after)} times)"
    yield Counted(
        chance=fisher(*had),
        claimed=Change(weight=Weight.DIFFERENT, what=what, sentence=f"{said} {often}", base=was, new=is_),
        otherwise=Change(weight=Weight.NOTED, what=what, sentence=f"~ {said} {often}", base=was, new=is_),
    )
