"""Two runs on the virtual clock with one seed, compared exactly: there every difference is one of behaviour. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.expectations import Verdict
from harness.expectations.words import lasting, ordinal
from harness.regression.change import Change, Weight
from harness.regression.profile import SMALL_US
from harness.regression.shape import Order, Shape

__all__ = ["exact_changes", "first_divergence"]

COARSE_US = 10_000
"""Where a change is larger than this, sentences are rounded to it: then the same change has the same words in every case."""

WAITS_SAID_MAX = 6


def exact_changes(base: Shape, new: Shape) -> Iterator[Change]:
    """What is different, the verdict first."""
    yield from verdict_change(base, new)
    yield from _order(base, new)
    yield from _waits(base.waits_us, new.waits_us)
    yield from _audio(base.audio_us, new.audio_us)
    if base.sent != new.sent:
        yield Change(
            weight=Weight.DIFFERENT,
            what="messages",
            sentence=f"the client sends other messages: {first_divergence(base.sent, new.sent)}",
            base=base.sent,
            new=new.sent,
        )


# ── verdicts ─────────────────────────────────────────────────────────────────


def verdict_change(base: Shape, new: Shape) -> Iterator[Change]:
    """Whether it still passes; and, where it does not, whether for the same reasons."""
    match base.verdict, new.verdict:
        case Verdict.PASS, Verdict.FAIL:
            yield _verdict(Weight.WORSE, f"passed, and now fails: {new.sentence}")
        case Verdict.FAIL, Verdict.PASS:
            yield _verdict(Weight.BETTER, f"failed, and now passes; it was: {base.sentence}")
        case ((Verdict.PASS | Verdict.FAIL), Verdict.INCONCLUSIVE):
            was = "passed" if base.verdict is Verdict.PASS else "failed"
            yield _verdict(Weight.UNKNOWN, f"{was}, and now is inconclusive: {new.sentence}")
        case Verdict.INCONCLUSIVE, Verdict.FAIL:
            yield _verdict(Weight.UNKNOWN, f"was inconclusive, and now fails: {new.sentence}")
        case Verdict.INCONCLUSIVE, Verdict.PASS:
            yield _verdict(Weight.NOTED, "was inconclusive, and now passes")
        case Verdict.FAIL, Verdict.FAIL if base.broken != new.broken:
            yield _other_reasons(base, new)


def _other_reasons(base: Shape, new: Shape) -> Change:
    gone = [name for name in base.broken if name not in new.broken]
    added = [name for name in new.broken if name not in base.broken]
    if added and gone:
        said = f"still fails, by {', '.join(added)} instead of {', '.join(gone)}: {new.sentence}"
        return _verdict(Weight.DIFFERENT, said)
    if added:
        return _verdict(Weight.WORSE, f"still fails, and now by {', '.join(added)} as well")
    if gone:
        return _verdict(Weight.BETTER, f"still fails, and no longer by {', '.join(gone)}")
    return _verdict(Weight.NOTED, "still fails, for the same reasons in another order")


def _verdict(weight: Weight, sentence: str) -> Change:
    return Change(weight=weight, what="verdict", sentence=sentence)


# ── order ────────────────────────────────────────────────────────────────────


def _order(base: Shape, new: Shape) -> Iterator[Change]:
    if base.order != new.order:
        yield Change(
            weight=Weight.DIFFERENT,
            what="order",
            sentence=first_divergence(base.order, new.order),
            base=base.order,
            new=new.order,
        )


def first_divergence(base: Order, new: Order) -> str:
    """Where two orders part, in words; that they do is known from their marks."""
    if not base.words or not new.words:
        return "which ones was not kept; play both versions to see it"
    place = next(
        (place for place, both in enumerate(zip(base.words, new.words, strict=False)) if both[0] != both[1]),
        min(len(base.words), len(new.words)),
    )
    if place == len(base.words) == len(new.words):
        return f"the order changed behind the first {place} events"
    after = f"after {_which(base.words, place - 1)}" if place else "at the beginning"
    return f"{after} came {_at(base.words, place)}, and now comes {_at(new.words, place)}"


def _which(words: tuple[str, ...], place: int) -> str:
    """The word, and which one of its kind it was where there were several."""
    before = words[: place + 1].count(words[place])
    return words[place] if words.count(words[place]) == 1 else f"the {ordinal(before)} {words[place]}"


def _at(words: tuple[str, ...], place: int) -> str:
    return words[place] if place < len(words) else "nothing more"


# ── waits ────────────────────────────────────────────────────────────────────


def _waits(base: tuple[int, ...], new: tuple[int, ...]) -> Iterator[Change]:
    if base == new:
        return
    detail = f"{_said(base)}; now {_said(new)}"
    moved = [after - before for before, after in zip(base, new, strict=False)]
    first = next((place for place, by_us in enumerate(moved) if abs(by_us) >= SMALL_US), None)
    if first is not None:
        was, is_ = _rounded(base[first], new[first])
        sentence = f"the {ordinal(first + 1)} wait took {was}, and now {is_}"
        yield Change(weight=_of_moves(moved), what="waits", sentence=sentence, detail=detail)
    elif len(base) == len(new):
        sentence = f"waits moved by less than {lasting(SMALL_US)}"
        yield Change(weight=Weight.NOTED, what="waits", sentence=sentence, detail=detail)
    if len(base) != len(new):
        sentence = f"waited {_times(len(base))}, and now {_times(len(new))}"
        yield Change(
            weight=Weight.DIFFERENT, what="waits", sentence=sentence, detail="" if first is not None else detail
        )


def _of_moves(moved: Sequence[int]) -> Weight:
    longer, shorter = (any(by_us * sign >= SMALL_US for by_us in moved) for sign in (1, -1))
    if longer and shorter:
        return Weight.DIFFERENT
    return Weight.WORSE if longer else Weight.BETTER


def _times(number: int) -> str:
    return ("not at all", "once", "twice")[number] if number <= 2 else f"{number} times"


def _said(waits: tuple[int, ...]) -> str:
    if not waits:
        return "no wait"
    shown = ", ".join(lasting(wait) for wait in waits[:WAITS_SAID_MAX])
    return f"{shown}, …" if len(waits) > WAITS_SAID_MAX else shown


def _rounded(base_us: int, new_us: int) -> tuple[str, str]:
    """Both in words, as coarsely as their difference allows."""
    if abs(new_us - base_us) < COARSE_US:
        return lasting(base_us), lasting(new_us)
    return lasting(round(base_us / COARSE_US) * COARSE_US), lasting(round(new_us / COARSE_US) * COARSE_US)


# ── audio ────────────────────────────────────────────────────────────────────


def _audio(base: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    for name in sorted({*base, *new}):
        before, after = base.get(name, 0), new.get(name, 0)
        if before == after:
            continue
        speaker, _, what = name.partition(" ")
        weight = Weight.WORSE if after > before else Weight.BETTER
        if abs(after - before) < SMALL_US:
            weight = Weight.NOTED
        was, is_ = _rounded(before, after)
        sentence = f"{was} of the {speaker}'s speech was {what}, and now {is_}"
        yield Change(weight=weight, what="audio", sentence=sentence)
