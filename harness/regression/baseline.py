"""The baseline file: what the cases were like when somebody agreed to it. JSON lines, one for each case, sorted; pure.

It is made to be committed: it has no dates, hosts and paths, and a case that changes is one line in the diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import DeadairError
from harness.expectations import Verdict
from harness.regression.profile import Profile, Seen
from harness.regression.shape import WORDS_MAX, Order, Shape
from harness.regression.timings import KINDS

__all__ = ["BASELINE_BYTES_MAX", "Baseline", "BaselineError", "read", "written"]

VERSION = 1

BASELINE_BYTES_MAX = 64 * 1024 * 1024
"""A case has about a kilobyte; nobody has so many."""

MEND = "Make it anew with 'deadair baseline update'."


class BaselineError(DeadairError):
    """A baseline file is wrong; the message says where, and what to do."""


Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is agreed to: the profile of each case and clock; and the yardstick (µs) beside which those of the real clock were
    played, nothing where that is not known."""

    profiles: Mapping[Key, Profile] = field(default_factory=dict)
    yardstick_us: tuple[int, ...] = ()

    def updated(self, by: Baseline, *, prune: bool = False) -> Baseline:
        """This one, with what `by` has in the place of what it has of the same cases; the others stay, unless it is to be
        pruned. What is inconclusive says nothing, and replaces nothing."""
        said = {key: each for key, each in by.profiles.items() if each.verdict is not Verdict.INCONCLUSIVE}
        kept = {} if prune else {key: each for key, each in self.profiles.items() if key not in said}
        old, new = (any(clock == "real" for _, clock in keys) for keys in (kept, said))
        # Times that were kept from before were not measured beside the new yardstick, nor the new ones beside the old.
        yardstick_us = () if old and new else by.yardstick_us if new else self.yardstick_us
        return Baseline(profiles={**kept, **said}, yardstick_us=yardstick_us)


Micros = Annotated[int, Field(ge=0, le=10**15)]
Text = Annotated[str, Field(max_length=10_000)]
Model = TypeVar("Model", bound=BaseModel)


class _Alike(BaseModel):
    """Runs of one shape. On the virtual clock `seeds` are those; on the real one, where the same seed is played again and
    again, each run has its own entry among the timings."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seeds: list[int] = Field(min_length=1, max_length=100_000)
    verdict: Literal["pass", "fail", "inconclusive"]
    because: Text = ""
    broken: list[Text] = []
    order: list[Text] = Field(default=[], max_length=WORDS_MAX)
    order_mark: Text = ""
    sent_mark: Text = ""
    waits_us: list[Micros] = []
    audio_us: dict[Text, Micros] = {}
    timings_us: dict[Text, list[Micros | None]] = {}


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    case: Text
    clock: Literal["virtual", "real"]
    asks: Text = ""
    verdict: Literal["pass", "fail", "flaky", "inconclusive"]
    runs: list[_Alike] = Field(min_length=1, max_length=100_000)


class _First(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    deadair_baseline: Literal[1]
    yardstick_us: list[Micros] = []


# ── writing ──────────────────────────────────────────────────────────────────


def written(baseline: Baseline) -> str:
    """The text of a baseline file."""
    first: dict[str, Any] = {"deadair_baseline": VERSION}
    if baseline.yardstick_us:
        first["yardstick_us"] = list(baseline.yardstick_us)
    lines = [first, *(_line(each) for _, each in sorted(baseline.profiles.items()))]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(", ", ": ")) + "\n" for line in lines)


def _line(profile: Profile) -> dict[str, Any]:
    alike: dict[str, list[Seen]] = {}
    for run in profile.runs:
        alike.setdefault(repr(run.shape), []).append(run)
    told = {"case": profile.case_id, "clock": profile.clock, "asks": profile.asks, "verdict": profile.verdict.value}
    return told | {"runs": [_alike(runs) for runs in alike.values()]}


def _alike(runs: list[Seen]) -> dict[str, Any]:
    shape = runs[0].shape
    kinds = [kind for kind in KINDS if any(kind in run.timings_us for run in runs)]
    told: dict[str, Any] = {
        "verdict": shape.verdict.value,
        "because": shape.sentence,
        "broken": list(shape.broken),
        "waits_us": list(shape.waits_us),
        "audio_us": dict(shape.audio_us),
        "order": list(shape.order.words),
        "timings_us": {kind: [run.timings_us.get(kind) for run in runs] for kind in kinds},
        "order_mark": shape.order.mark,
        "sent_mark": shape.sent.mark,
        "seeds": [run.seed for run in runs],
    }
    return {name: value for name, value in told.items() if value not in ("", [], {})}


# ── reading ──────────────────────────────────────────────────────────────────


def read(text: str, *, name: str) -> Baseline:
    """What a baseline file says. `name` stands in messages.

    Raises:
        BaselineError: If it is no such file, or one line of it is wrong.
    """
    # Not `splitlines`: it takes more characters for the end of a line than JSON does, and what a server said may have them.
    lines = text.split("\n")
    if not text.strip():
        raise BaselineError(f"{name}: this file is empty. {MEND}")
    first = _first(lines[0], name)
    profiles: dict[Key, Profile] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        told = _profile(_checked(_Line, _object(line, f"{name}:{number}"), f"{name}:{number}"))
        if told.key in profiles:
            raise BaselineError(f"{name}:{number}: '{told.case_id[:200]}' stands in this file twice. {MEND}")
        profiles[told.key] = told
    return Baseline(profiles=profiles, yardstick_us=tuple(first.yardstick_us))


def _first(line: str, name: str) -> _First:
    told = _object(line, f"{name}:1")
    if "deadair_baseline" not in told:
        raise BaselineError(
            f"{name}:1: this is no baseline of deadair: its first line has no 'deadair_baseline'. {MEND}"
        )
    if told["deadair_baseline"] != VERSION:
        raise BaselineError(
            f"{name}:1: this baseline has version {str(told['deadair_baseline'])[:40]}; this deadair reads version "
            f"{VERSION}. {MEND}"
        )
    return _checked(_First, told, f"{name}:1")


def _object(line: str, place: str) -> dict[str, Any]:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise BaselineError(f"{place}: here two versions were merged, and nobody decided between them. {MEND}")
    try:
        told = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{place}: this line is no JSON: {str(error)[:200]}. {MEND}") from error
    if not isinstance(told, dict):
        raise BaselineError(f"{place}: this line is no JSON object. {MEND}")
    return told


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _checked(model: type[Model], told: dict[str, Any], place: str) -> Model:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        raise BaselineError(f"{place}: '{where}' is wrong: {first['msg'][:200]}. {MEND}") from error


def _profile(line: _Line) -> Profile:
    runs = sorted((run for alike in line.runs for run in _runs(alike)), key=lambda run: run.seed)
    return Profile(case_id=line.case, clock=line.clock, asks=line.asks, verdict=Verdict(line.verdict), runs=tuple(runs))


def _runs(alike: _Alike) -> Iterator[Seen]:
    shape = Shape(
        verdict=Verdict(alike.verdict),
        sentence=alike.because,
        broken=tuple(alike.broken),
        order=Order(words=tuple(alike.order), mark=alike.order_mark),
        sent=Order(mark=alike.sent_mark),
        waits_us=tuple(alike.waits_us),
        audio_us=alike.audio_us,
    )
    for place, seed in enumerate(alike.seeds):
        timings = {kind: told for kind, took in alike.timings_us.items() if (told := _at(took, place)) is not None}
        yield Seen(seed=seed, shape=shape, timings_us=timings)


def _at(took: Sequence[int | None], place: int) -> int | None:
    return took[place] if place < len(took) else None
