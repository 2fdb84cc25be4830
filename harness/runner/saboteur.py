"""The saboteur: waits for each fault's trigger, plays the fault, ends it, and says what came of it."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Any, Protocol, cast

from harness.runner.errands import Errands
from harness.runner.matching import Counter
from harness.runner.recorder import Recorder
from harness.scenario.model import Action, Fault, Nth
from harness.trace import Event

__all__ = ["Effect", "NoTarget", "Sabotage", "Saboteur", "check_target"]


class NoTarget(Exception):
    """There is nothing that the fault could hit; the message says what was missing."""


def check_target(action: Action, on: str | int, live: tuple[int, ...]) -> None:
    """Whether there is something for `action` to hit, at this moment, with these connections open.

    What lasts on TCP needs none: it meets those that come.

    Raises:
        NoTarget: If there is not.
    """
    if isinstance(on, int):
        if on not in live:
            raise NoTarget(f"connection {on}, for which it was meant, was not open at that moment")
    elif not live and (not action.lasting if action.layer == "tcp" else on == "live"):
        raise NoTarget("no connection was open at that moment")


class Effect(Protocol):
    """An action that has begun."""

    async def settle(self) -> None:
        """Wait until it is in force everywhere: a proxy's control port takes its time."""
        ...

    async def lift(self) -> None:
        """End it; for an action of a moment there is nothing to end."""
        ...


class Sabotage(Protocol):
    """What can carry actions out: the stage."""

    def begin(self, action: Action, *, on: str | int, times: int | None) -> Effect:
        """Begin `action` on `live`, `next`, `all`, or the connection of that number, as far as it goes at once.

        Raises:
            NoTarget: If there is nothing to hit.
        """
        ...

    @property
    def live_connections(self) -> tuple[int, ...]: ...


class Saboteur:
    """Plays a case's faults in the order of the file: a `when` is armed once the fault above it has fired.

    `start` before the client connects, `stop` when the run is over, `aclose` afterwards: then no fault is in force.
    """

    def __init__(self, faults: tuple[Fault, ...], *, recorder: Recorder, sabotage: Sabotage) -> None:
        self.recorder = recorder
        self.sabotage = sabotage
        self._plays: list[_Play] = []
        for fault in reversed(faults):
            self._plays.insert(0, _Play(fault, self, after=self._plays[0] if self._plays else None))
        self.errands = Errands()
        self._ready: set[int] = set()

    def start(self) -> None:
        self.recorder.subscribe(self._happened)
        for index, play in enumerate(self._plays):
            trigger = play.fault.trigger
            if index == 0 or trigger.at_us is not None or trigger.together:
                play.arm()

    @property
    def failure(self) -> Exception | None:
        """What went wrong in playing the faults, if anything did: our own trouble, not the client's."""
        return self.errands.failure

    @property
    def all_over(self) -> bool:
        """Whether nothing is left to begin or to end; a lasting action without an end counts once it has begun."""
        return all(play.is_over for play in self._plays)

    def stop(self) -> None:
        """Nothing fires or heals any more; of each fault that never fired it is told why."""
        for play in self._plays:
            play.stop()

    async def aclose(self) -> bool:
        """Lift what is still in force. Gives whether anything was."""
        await self.errands.all_done()
        in_force = [play for play in self._plays if play.effect is not None and play.fault.do.lasting]
        for play in self._plays:
            if play.effect is not None:
                await play.effect.lift()
        return bool(in_force)

    def turned_away(self, event: Event) -> bool:
        """Whether this is the end of an attempt that never became a session."""
        if event.kind in ("wire.refused", "wire.abandoned"):
            return True
        return event.kind in ("wire.closed", "wire.reset") and event.connection not in self._ready

    def _happened(self, event: Event) -> None:
        if event.kind == "wire.ready" and event.connection is not None:
            self._ready.add(event.connection)
        for play in self._plays:
            play.happened(event)


class _State(Enum):
    PENDING = "the fault above it has not fired"
    ARMED = "its trigger has not come"
    ON = "it is in force"
    OVER = "it has happened, or cannot happen any more"


class _Play:
    """One fault on its way: pending → armed → on → over; back from on to armed while `times` are left of a moment."""

    def __init__(self, fault: Fault, saboteur: Saboteur, *, after: _Play | None) -> None:
        self.fault = fault
        self.effect: Effect | None = None
        self._saboteur = saboteur
        self._after = after
        self._state = _State.PENDING
        self._trigger: Counter | None = None
        self._until: Counter | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._fired = 0
        self._hits = 0
        self._why_not: str | None = None

    @property
    def is_over(self) -> bool:
        if self._state is _State.ON and self.fault.do.lasting:
            return self.fault.for_us is None and self.fault.until is None and self.fault.times is None
        return self._state is _State.OVER

    def arm(self) -> None:
        if self._state is not _State.PENDING:
            return
        self._state = _State.ARMED
        trigger = self.fault.trigger
        if trigger.when is not None:
            self._trigger = Counter(trigger.when)
        else:
            self._in((trigger.at_us or 0) + (trigger.after_us or 0), None)

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if not self._fired:
            self._tell("unfired", {"why": self._why_not or self._state.value})

    def happened(self, event: Event) -> None:
        if self._trigger is not None and self._trigger.counts(event):
            if self.fault.do.lasting or self._fired + 1 >= (self.fault.times or 1):
                self._trigger = None
            self._in(self.fault.trigger.after_us or 0, event.connection)
        if self._until is not None and self._until.counts(event):
            self._heal()
        if self._state is _State.ON and self.fault.times and self._saboteur.turned_away(event):
            self._hits += 1
            if self._hits >= self.fault.times:
                self._heal()

    def _in(self, delay_us: int, connection: int | None) -> None:
        if delay_us == 0 and self.fault.trigger.when is not None:
            self._fire(connection)
        else:
            loop = asyncio.get_running_loop()
            self._timers.append(loop.call_later(delay_us / 1e6, self._fire, connection))

    def _fire(self, connection: int | None) -> None:
        """Arm the next fault first, then tell, then act: the next one's trigger may be this very moment."""
        action = self.fault.do
        try:
            on = self._aim(connection)
        except NoTarget as nothing:
            self._missed(nothing)
            return
        self._fired += 1
        self._state = _State.ON
        self._arm_next()
        self._tell("", {"do": action.kind}, connection=on if isinstance(on, int) else None)
        try:
            self.effect = self._saboteur.sabotage.begin(action, on=on, times=self.fault.times)
        except NoTarget as nothing:
            self._missed(nothing)
            return
        self._saboteur.errands.begin(self.effect.settle())
        if not action.lasting:
            self._state = _State.OVER if self._trigger is None else _State.ARMED
        elif self.fault.for_us is not None:
            self._timers.append(asyncio.get_running_loop().call_later(self.fault.for_us / 1e6, self._heal))
        elif self.fault.until is not None:
            self._until = Counter(self.fault.until)

    def _aim(self, connection: int | None) -> str | int:
        """Which connections are meant: the event's own, or what the fault or the format says."""
        action, on = self.fault.do, self.fault.on
        if on is None and action.layer in ("upgrade", "tls"):
            return "next"
        if on in ("next", "all"):
            return cast(str, on)
        if isinstance(on, Nth):
            connection = on.nth
        elif on == "live" or action.layer == "tcp":
            connection = None
        target: str | int = "live" if connection is None else connection
        check_target(action, target, self._saboteur.sabotage.live_connections)
        return target

    def _missed(self, nothing: NoTarget) -> None:
        self._why_not = str(nothing)
        self._state = _State.OVER if self._trigger is None else _State.ARMED
        self._arm_next()

    def _arm_next(self) -> None:
        if self._after is not None and self._after.fault.trigger.at_us is None:
            self._after.arm()

    def _heal(self) -> None:
        if self._state is not _State.ON:
            return
        self._state = _State.OVER
        self._until = None
        self._tell("healed", {})
        if self.effect is not None:
            effect, self.effect = self.effect, None
            self._saboteur.errands.begin(effect.lift())

    def _tell(self, what: str, fields: dict[str, Any], *, connection: int | None = None) -> None:
        kind = f"fault.{self.fault.id}.{what}" if what else f"fault.{self.fault.id}"
        self._saboteur.recorder.tell(kind, connection=connection, fields=fields)
