"""Drift: two versions of the same cases, side by side, and what is different. Pure.

On the virtual clock runs are compared seed by seed and exactly. On the real clock verdicts and orders are counted, and times
weighed, all by tests that know how many they are: a report that cries wolf is not read twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.expectations.words import count, lasting
from harness.regression.change import FAILING, CaseDrift, Change, Weight, weight_of
from harness.regression.counted import certain_changes, counts
from harness.regression.exact import exact_changes
from harness.regression.gate import ALPHA, Measured, Pair, Standing, seen_from_us, weighed, yardstick_drift
from harness.regression.profile import Profile

__all__ = ["Drift", "Side", "Timed", "drift", "exit_code"]

EXIT_SAME, EXIT_REGRESSED, EXIT_CANNOT_SAY = 0, 1, 3

Key = tuple[str, str]
"""A case and its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One version.

    Attributes:
        profiles: What is known of each case.
        yardstick_us: How long a bare round trip took on its host while it was played; nothing where that was not measured.
        run: A run folder of it, as other commands take it; empty where there is none.
    """

    name: str
    profiles: Mapping[Key, Profile]
    yardstick_us: tuple[int, ...] = ()
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One kind of time of one case. `seen_from_us` is the smallest slowdown that would have been told, if any would."""

    case_id: str
    kind: str
    measured: Measured
    seen_from_us: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is different between two versions.

    Attributes:
        cases: Those that changed, the worst first.
        compared: How many cases both have; `gone` and `added` are the ids of the others.
        timed: Every time that could be compared, those that changed first.
        yardstick: The host itself on both sides; None where it was not measured.
        runs: A run folder of the base and one of the new version, each empty where there is none.
    """

    base: str
    new: str
    cases: tuple[CaseDrift, ...]
    compared: int
    gone: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    timed: tuple[Timed, ...] = ()
    yardstick: Measured | None = None
    runs: tuple[str, str] = ("", "")

    def having(self, *weights: Weight) -> tuple[CaseDrift, ...]:
        return tuple(case for case in self.cases if case.weight in weights)


def drift(base: Side, new: Side) -> Drift:
    """Compare two versions, case by case."""
    pairs = [(base.profiles[key], new.profiles[key]) for key in sorted(base.profiles.keys() & new.profiles.keys())]
    counted = [
        (before.key, each) for before, after in pairs if before.clock == "real" for each in counts(before, after)
    ]
    drifted = yardstick_drift(base.yardstick_us, new.yardstick_us)
    times = [(before.key, kind, pair) for before, after in pairs for kind, pair in _times(before, after, drifted)]
    measured, chances = weighed([pair for *_, pair in times], beside=[each.chance for _, each in counted])
    tests = len(counted) + len(times)
    found: dict[Key, list[Change]] = {before.key: list(_certain(before, after)) for before, after in pairs}
    for (key, count_), chance in zip(counted, chances, strict=True):
        found[key].append(count_.claimed if chance < ALPHA else count_.otherwise)
    timed: list[Timed] = []
    for (key, kind, pair), each in zip(times, measured, strict=True):
        found[key].extend(_of_time(kind, each, drifted))
        timed.append(Timed(case_id=key[0], kind=kind, measured=each, seen_from_us=seen_from_us(pair, tests=tests)))
    return Drift(
        base=base.name,
        new=new.name,
        cases=_worst_first(_case(before, after, found[before.key]) for before, after in pairs if found[before.key]),
        compared=len(pairs),
        gone=_ids(base.profiles.keys() - new.profiles.keys()),
        added=_ids(new.profiles.keys() - base.profiles.keys()),
        timed=tuple(sorted(timed, key=lambda each: list(Standing).index(each.measured.standing))),
        yardstick=_yardstick(base.yardstick_us, new.yardstick_us, drifted),
        runs=(base.run, new.run),
    )


def exit_code(drift: Drift) -> int:
    """0 if nothing got worse or other, 1 if something did, 3 if nothing did and there is something that cannot be said, or
    the two have no case in common. A base that has no cases at all is a beginning: 0."""
    if drift.having(*FAILING):
        return EXIT_REGRESSED
    is_a_beginning = bool(drift.added) and not drift.gone
    nothing_in_common = not drift.compared and not is_a_beginning
    return EXIT_CANNOT_SAY if drift.having(Weight.UNKNOWN) or nothing_in_common else EXIT_SAME


# ── one case ─────────────────────────────────────────────────────────────────


def _certain(base: Profile, new: Profile) -> Iterator[Change]:
    """What is known without counting and weighing."""
    if base.asks and new.asks and base.asks != new.asks:
        sentence = "the scenario itself was changed, so another course of the call is no wonder"
        yield Change(weight=Weight.NOTED, what="scenario", sentence=sentence)
    if base.clock == "real":
        yield from certain_changes(base, new)
        return
    before, after = ({run.seed: run.shape for run in each.runs} for each in (base, new))
    seeds = sorted(before.keys() & after.keys())
    if not seeds:
        sentence = "no seed was played on both sides, so nothing can be compared"
        yield Change(weight=Weight.UNKNOWN, what="verdict", sentence=sentence)
    by_chance = base.draws_its_waits and new.draws_its_waits
    told = (tuple(_told(exact_changes(before[seed], after[seed]), by_chance)) for seed in seeds)
    changed = [changes for changes in told if changes]
    if changed:
        often = f" ({len(changed)} of {count(len(seeds), 'seed')})" if len(seeds) > 1 else ""
        gravest = min(changed, key=lambda changes: list(Weight).index(weight_of(changes)))
        yield from (replace(change, sentence=change.sentence + often) for change in gravest)


def _told(changes: Iterable[Change], by_chance: bool) -> Iterator[Change]:
    """A client that draws its waits by chance draws others as soon as anything else draws before it: over all seeds they are
    weighed like times, and what one seed has of them says nothing."""
    for change in changes:
        if by_chance and change.what in ("waits", "audio") and change.weight is not Weight.NOTED:
            sentence = f"~ {change.sentence}; the client draws its waits by chance"
            yield replace(change, weight=Weight.NOTED, sentence=sentence)
        else:
            yield change


def _case(base: Profile, new: Profile, changes: Sequence[Change]) -> CaseDrift:
    """The case, its changes ordered so that what decides comes first."""
    told = [_expected(change) for change in changes] if changes[0].what == "scenario" else list(changes)
    decides = weight_of(told)
    told.sort(key=lambda change: (change.weight is not decides, list(Weight).index(change.weight)))
    return CaseDrift(case_id=base.case_id, clock=base.clock, changes=tuple(told))


def _expected(change: Change) -> Change:
    """Where the scenario was changed only the verdict still means something by itself."""
    return change if change.what == "verdict" else replace(change, weight=Weight.NOTED)


# ── times ────────────────────────────────────────────────────────────────────


def _times(base: Profile, new: Profile, drifted: bool | None) -> Iterator[tuple[str, Pair]]:
    if base.draws_its_waits and new.draws_its_waits:
        before, after = ([sum(run.shape.waits_us) for run in each.runs] for each in (base, new))
        yield "waits", Pair(base=before, new=after)
    before_us, after_us = base.samples_us, new.samples_us
    for kind in before_us:
        if kind in after_us:
            yield kind, Pair(base=before_us[kind], new=after_us[kind], drifted=drifted)


def _of_time(kind: str, measured: Measured, drifted: bool | None) -> Iterator[Change]:
    was, is_ = lasting(measured.base_us), lasting(measured.new_us)
    said = f"{kind} took {was}, and now {is_} (medians of {measured.samples}, p = {measured.chance:.1g})"
    match measured.standing:
        case Standing.SLOWER:
            yield Change(weight=Weight.WORSE, what="time", sentence=said)
        case Standing.FASTER:
            yield Change(weight=Weight.BETTER, what="time", sentence=said)
        case Standing.WITHDRAWN:
            doubt = "the yardstick beside it moved as well" if drifted else "no yardstick was measured beside it"
            weight = Weight.UNKNOWN if measured.shift_us > 0 else Weight.NOTED
            yield Change(weight=weight, what="time", sentence=f"~ {said}, but {doubt}")


def _yardstick(base: Sequence[int], new: Sequence[int], drifted: bool | None) -> Measured | None:
    if not base or not new:
        return None
    measured, _ = weighed([Pair(base=base, new=new)])
    if drifted is None:
        return measured[0]
    slower = measured[0].shift_us > 0
    standing = (Standing.SLOWER if slower else Standing.FASTER) if drifted else Standing.SAME
    return replace(measured[0], standing=standing)


# ── all of them ──────────────────────────────────────────────────────────────


def _worst_first(cases: Iterable[CaseDrift]) -> tuple[CaseDrift, ...]:
    return tuple(sorted(cases, key=lambda case: (list(Weight).index(case.weight), case.case_id, case.clock)))


def _ids(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted({case_id for case_id, _ in keys}))
