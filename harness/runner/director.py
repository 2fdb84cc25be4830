"""The director: plays the script of a replay, where a saboteur would play faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from harness.replay.script import Begin, Connection, Cut, Lift, Note, Open, Refused, Script
from harness.runner.errands import Errands
from harness.runner.recorder import Recorder
from harness.runner.saboteur import Effect, NoTarget, Sabotage
from harness.scenario.model import Drop, Reset
from harness.trace import Event

__all__ = ["Director", "ReplayStage"]

BEYOND = "replay.beyond"

SETTLED = ("wire.open", "wire.refused", "wire.abandoned", "wire.closed", "wire.reset")
"""After one of these the next attempt may come, and what becomes of it is made ready."""

ENDED = ("wire.closed", "wire.reset")

NEVER_CAME = "the call never came to where it happened in the recording"


class ReplayStage(Sabotage, Protocol):
    """What can do again what was done: the stage."""

    def expect(self, connection: Connection) -> Effect | None:
        """Make ready what becomes of the next connection. What is given has begun, and holds it up until it is lifted."""
        ...

    async def refuse_connections(self, refuse: bool) -> None:
        """Whether TCP connections are turned away from now on."""
        ...

    def listen_for_marks(self, reached: Callable[[int], None]) -> None:
        """`reached(number)` is called at each mark of a connection."""
        ...


class Director:
    """Connection n gets what connection n got; one that was not recorded is turned away, and counted (`replay.beyond`).

    What happened while no connection was open comes as long after the wire event that it followed as then, and before
    the next attempt at the latest. Has the methods of a `Saboteur`.
    """

    def __init__(self, script: Script, *, recorder: Recorder, stage: ReplayStage) -> None:
        self._script = script
        self._recorder = recorder
        self._stage = stage
        self._prepared = 0
        self._untold = {note.number: note for note in _notes(script)}
        self._between = list(script.between)
        self._effects: dict[str, Effect] = {}
        self._stalls: dict[int, Effect] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._errands = Errands()

    def start(self) -> None:
        self._stage.listen_for_marks(self._told)
        self._recorder.subscribe(self._happened)
        self._prepare(1)
        for note in self._between:
            if note.after is None:
                self._in(note.after_us, note)

    @property
    def failure(self) -> Exception | None:
        return self._errands.failure

    @property
    def all_over(self) -> bool:
        """Whether all that was recorded of faults has been done again, or can be no more."""
        return not self._untold

    def stop(self) -> None:
        """Nothing is done any more; of each fault that never fired it is told why."""
        for timer in self._timers:
            timer.cancel()
        told = {event.kind for event in self._recorder.events}
        for kind in dict.fromkeys(note.kind for note in _notes(self._script)):
            if kind.count(".") == 1 and kind not in told:
                self._recorder.tell(f"{kind}.unfired", fields={"why": NEVER_CAME})
        for fault_id, why in self._script.unfired.items():
            self._recorder.tell(f"fault.{fault_id}.unfired", fields={"why": why})

    async def aclose(self) -> bool:
        """Lift what is still in force. Gives whether anything was."""
        await self._errands.all_done()
        in_force = [*self._effects.values(), *self._stalls.values()]
        for effect in in_force:
            await effect.lift()
        return bool(in_force)

    # ── attempts ─────────────────────────────────────────────────────────────

    def _happened(self, event: Event) -> None:
        number = event.connection
        if number is None or not event.kind.startswith("wire."):
            return
        if event.kind == "wire.attempt":
            self._begun(number)
        if event.kind == "wire.open":
            self._let_go_later(number, "upgrade")
        if event.kind in ENDED:
            self._forget_notes_of(number)
        for note in self._between:
            if note.after == (event.kind, number):
                self._in(note.after_us, note)
        if event.kind in SETTLED and number == self._prepared:
            # Not while this is told: what was ordered for this connection has not all been met yet.
            self._timers.append(asyncio.get_running_loop().call_later(0, self._prepare, number + 1))

    def _begun(self, number: int) -> None:
        """An attempt has begun. One that comes before the last one has settled finds nothing made ready."""
        if number > self._prepared:
            self._prepare(number)
        for note in [note for note in self._between if note.after is not None and note.after[1] < number]:
            self._told(note.number)
        if number > len(self._script.connections):
            self._recorder.tell(BEYOND, connection=number, fields={"recorded": len(self._script.connections)})
        self._let_go_later(number, "tcp")

    def _prepare(self, number: int) -> None:
        """Make ready what becomes of attempt `number`, if that has not begun already."""
        if number <= self._prepared:
            return
        self._prepared = number
        recorded = self._script.connections
        made = recorded[number - 1] if number <= len(recorded) else _beyond(len(recorded))
        self._errands.begin(self._stage.refuse_connections(isinstance(made, Refused) and made.status is None))
        stall = self._stage.expect(made)
        if stall is not None:
            self._stalls[number] = stall

    def _let_go_later(self, number: int, phase: str) -> None:
        """A connection that is held up in this phase is let go when it was then, if ever."""
        made = self._script.connections[number - 1] if number <= len(self._script.connections) else None
        if isinstance(made, Open) and made.held == phase and made.held_us is not None and number in self._stalls:
            self._timers.append(asyncio.get_running_loop().call_later(made.held_us / 1e6, self._let_go, number))

    def _let_go(self, number: int) -> None:
        self._errands.begin(self._stalls.pop(number).lift())

    # ── notes ────────────────────────────────────────────────────────────────

    def _in(self, delay_us: int, note: Note) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(delay_us / 1e6, self._told, note.number))

    def _told(self, number: int) -> None:
        """Tell the note's event and do what it asks for, once."""
        note = self._untold.pop(number, None)
        if note is None:
            return
        self._between = [one for one in self._between if one.number != number]
        if note.kind:
            self._recorder.tell(note.kind, connection=note.connection, fields=note.fields)
        match note.do:
            case Begin(fault_id=fault_id, do=action, on=on):
                self._begin(fault_id, action, "all" if action.lasting and on is None else "live" if on is None else on)
            case Lift(fault_id=fault_id) if fault_id in self._effects:
                self._errands.begin(self._effects.pop(fault_id).lift())
            case Cut(reset=reset):
                self._begin("", Reset() if reset else Drop(), "live")

    def _begin(self, fault_id: str, action: Any, on: str | int) -> None:
        try:
            effect = self._stage.begin(action, on=on, times=None)
        except NoTarget:
            # The client has hung up before; that it did is told in the difference between the two runs.
            return
        if action.lasting:
            self._effects[fault_id] = effect
        self._errands.begin(effect.settle())

    def _forget_notes_of(self, number: int) -> None:
        """What was to happen on a connection that is gone cannot happen any more."""
        for note in _notes_of(self._script.connections[number - 1 : number]):
            self._untold.pop(note.number, None)


def _beyond(recorded: int) -> Refused:
    return Refused(status=503, body=f"the recording has {recorded} connections, and this would be another one")


def _notes(script: Script) -> list[Note]:
    return [*_notes_of(script.connections), *script.between]


def _notes_of(connections: tuple[Connection, ...]) -> list[Note]:
    return [
        step.deed
        for made in connections
        if isinstance(made, Open)
        for step in made.steps
        if isinstance(step.deed, Note)
    ]
