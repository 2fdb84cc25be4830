"""Random schedules of faults: cases that nobody wrote, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal

from harness.scenario.model import (
    AnyAction,
    BadFrame,
    Blackhole,
    Case,
    CloseFrame,
    Down,
    Drop,
    End,
    Expect,
    Fault,
    Http,
    ProviderName,
    Refuse,
    Reset,
    Stall,
    Step,
    ToxicAction,
    Trigger,
)

__all__ = ["random_schedule"]

ToxicName = Literal["latency", "bandwidth", "slicer", "limit_data", "slow_close"]

PROVIDERS: tuple[ProviderName, ...] = ("gemini-live", "openai-realtime", "deepgram")

LASTS_S = (6, 12)
FIRST_FAULT_S = 0.4
LAST_FAULT_S = 5.0
"""The faults come early, so that what they cause has time to happen."""


def random_schedule(seed: int) -> Case:
    """One to four faults in the first seconds of a call of 6 to 12 s; the same seed gives the same one.

    The run is as long as it is, whatever the client does: it expects a state that nobody asks for.
    """
    draw = Random(f"schedule/{seed}")
    faults: list[Fault] = []
    for number in range(draw.randint(1, 4)):
        faults += _fault(draw, f"f{number}")
    return Case(
        id=f"schedule {seed}",
        place=f"schedule:{seed}",
        scenario=f"schedule {seed}",
        provider=draw.choice(PROVIDERS),
        seed=seed,
        script=(Step(at_us=200_000, say_us=1_500_000), Step(at_us=4_500_000, say_us=1_000_000)),
        faults=tuple(faults),
        expect=Expect(end=End(state="disconnected", by_us=draw.randint(*LASTS_S) * 1_000_000)),
    )


def _fault(draw: Random, id_: str) -> list[Fault]:
    """A fault; a refusal comes with the cut that makes the client knock (alone it is beyond Toxiproxy)."""
    trigger = Trigger(at_us=draw.randrange(int(FIRST_FAULT_S * 1e6), int(LAST_FAULT_S * 1e6), 1000))
    if draw.random() < 0.2:
        cut = Fault(id=f"{id_}-cut", trigger=trigger, do=draw.choice((Reset(), Drop())))
        return [cut, _behind_the_cut(draw, id_)]
    action = draw.choice(ACTIONS)(draw)
    lasts_us = draw.randrange(100_000, 3_000_000, 1000) if action.lasting else None
    return [Fault(id=id_, trigger=trigger, do=action, for_us=lasts_us, allow_unfired=True)]


def _behind_the_cut(draw: Random, id_: str) -> Fault:
    action: AnyAction = draw.choice(
        (
            Refuse(),
            Http(status=429, retry_after_us=draw.randint(1, 3) * 1_000_000),
            Http(status=503),
            Stall(phase="upgrade"),
        )
    )
    return Fault(
        id=id_, trigger=Trigger(after_us=0), do=action, times=draw.randint(1, 2), for_us=None, allow_unfired=True
    )


def _toxic(type_: ToxicName, *, both: bool = True, **bounds: tuple[int, int]) -> Callable[[Random], ToxicAction]:
    def draw_one(draw: Random) -> ToxicAction:
        return ToxicAction(
            type=type_,
            attributes={name: draw.randint(*span) for name, span in bounds.items()},
            stream=draw.choice(("up", "down", "both") if both else ("up", "down")),
        )

    return draw_one


ACTIONS: tuple[Callable[[Random], AnyAction], ...] = (
    lambda _: Drop(),
    lambda _: Reset(),
    lambda _: Down(),
    lambda _: Blackhole(),
    _toxic("latency", latency=(20, 800), jitter=(0, 20)),
    _toxic("bandwidth", rate=(80, 400)),
    _toxic("slicer", average_size=(256, 1024), size_variation=(0, 128), delay=(0, 500)),
    _toxic("limit_data", both=False, bytes=(0, 60_000)),
    _toxic("slow_close", delay=(50, 500)),
    lambda draw: CloseFrame(code=draw.choice((1000, 1001, 1011, None))),
    lambda draw: BadFrame(frame=draw.choice(("reserved-bits", "masked", "truncated-json", "binary-frame"))),
    lambda draw: Stall(phase=draw.choice(("tcp", "upgrade"))),
    lambda draw: Http(status=draw.choice((429, 503))),
)
