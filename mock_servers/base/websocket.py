"""One WebSocket: the client's frames to its session, the session's actions to the client, and troubles into both."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from mock_servers.base.frames import bad_frame, cut_off, is_pong, reason_that_fits, whole_message
from mock_servers.base.line import HANG_UP_TIMEOUT_S
from mock_servers.base.observer import Closed, ReadyTold, Sent
from mock_servers.base.orders import Order
from mock_servers.base.pongs import Pongs
from mock_servers.base.protocol import (
    Abort,
    Accounting,
    Action,
    Close,
    Cursors,
    Harmless,
    Heard,
    Ready,
    Send,
    Session,
    Throttling,
)
from mock_servers.base.switchboard import Switchboard
from mock_servers.base.trouble import (
    IN_SESSION,
    BadFrame,
    CloseConnection,
    Duplicate,
    FailResponse,
    Garble,
    RefuseResume,
    Reject,
    SendMessage,
    Stall,
    StopReading,
    Unsupported,
    Withhold,
)

if TYPE_CHECKING:
    from mock_servers.base.connection import Connection

__all__ = ["FAILED", "MESSAGE_BYTES_MAX", "WebSocket"]

logger = logging.getLogger(__name__)

# Names of their own, for Python 3.11 takes longer to look up a member of an enum than to call a function.
OPEN = State.OPEN
TEXT, BINARY, CONT = Opcode.TEXT, Opcode.BINARY, Opcode.CONT

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""A client's message that is longer is answered with 1009."""

FAILED = "the mock server has failed, which is a bug of its own"
"""What a client is told of a bug of ours, with 1011 or 500."""

HELD_MESSAGES_MAX = 10_000
"""So much a session that never becomes ready may have to say; later messages are forgotten."""

AT_THE_OPENING = (CloseConnection, BadFrame, SendMessage, StopReading, *IN_SESSION)
"""Troubles that are done to a connection. All others are looked up where a request, a frame or a message meets them."""

LASTING = (Reject, RefuseResume, FailResponse)
"""Troubles of a session that it has to be told the end of."""


class WebSocket:
    """An upgraded connection, from its 101 to its end."""

    def __init__(self, line: Connection, board: Switchboard, protocol: ServerProtocol, session: Session) -> None:
        self._line = line
        self._board = board
        self._protocol = protocol
        self._session = session
        # Their classes are asked, for these Python remembers: it looks at each object anew.
        self._throttling = cast(Throttling, session) if issubclass(type(session), Throttling) else None
        self._accounting = cast(Accounting, session) if issubclass(type(session), Accounting) else None
        self._fragments = bytearray()
        self._is_text = True
        self._heard_bytes = 0
        self._todo: deque[Action] = deque()
        self._acting = False
        self._begun = False
        self._stalled_ready: Order | None = None
        self._held: list[Action] = []
        self._holding = False
        self._mute = False
        self._aborted_by_us = False
        self._end_told = False
        self._last_now_s = 0.0
        self._wake_at_s: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._sated: asyncio.TimerHandle | None = None
        self._ping: asyncio.TimerHandle | None = None
        self._pings_sent = 0
        self._pongs = Pongs(line, board)

    @property
    def open(self) -> bool:
        return self._protocol.state is OPEN and self._line.alive and not self._mute

    def cursors(self) -> Cursors | None:
        """How far its session is with the caller's audio; None if it does not say."""
        return None if self._accounting is None else self._accounting.cursors(self._now_s())

    # Its life.

    def begin(self) -> None:
        """The session may speak. Troubles that wait for new connections follow its first words."""
        number = self._line.number
        self._stall_before_ready()
        self._begun = True
        self._carry_out(self._session.opened(self._now_s()))
        self._schedule_ping()
        for order in self._board.orders.on(number, *AT_THE_OPENING):
            if number not in order.struck:
                self._strike_if_known(order)

    def arrived(self, data: bytes) -> None:
        if self._mute or not data:
            return
        self._protocol.receive_data(data)
        frames = self._protocol.events_received()
        self._flush()
        for frame in frames:
            if isinstance(frame, Frame):
                self._frame(frame)
        self._set_alarm()
        if self._protocol.state is not OPEN:
            # Only now: messages that came in one segment with a close frame were sent before it.
            self._tell_the_end_if_closing()

    def pressed(self) -> None:
        self._set_alarm()

    def hung_up(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def gone(self, error: Exception | None) -> None:
        self._protocol.receive_eof()
        self._pongs.forget()
        for timer in (self._alarm, self._sated, self._ping):
            if timer is not None:
                timer.cancel()
        try:
            self._session.closed(self._now_s())
        finally:
            self._tell_the_end(error)

    def failed(self) -> None:
        """Its session has a bug: it is not asked again, and the client is told 1011."""
        self._todo.clear()
        self._held.clear()
        self._fail(CloseCode.INTERNAL_ERROR, FAILED)
        self._set_alarm()

    def abort(self) -> None:
        """The server takes the connection down, without a close frame."""
        self._aborted_by_us = True
        self._line.abort()

    # Troubles.

    def strike(self, order: Order) -> None:
        """Do this trouble to this connection.

        Raises:
            Unsupported: If its session has no such trouble.
        """
        if not self.open:
            return
        trouble = order.trouble
        if isinstance(trouble, IN_SESSION):
            actions = self._session.troubled(trouble, self._now_s())
            if isinstance(trouble, Reject):
                order.struck.append(self._line.number)
            else:
                order.strikes(self._line.number)
            self._carry_out(actions)
            return
        if not isinstance(trouble, AT_THE_OPENING):
            return
        order.strikes(self._line.number)
        match trouble:
            case CloseConnection():
                self._close(trouble.code, trouble.reason)
                self._mute = trouble.never_answer
                if self._mute:
                    self._line.forget_the_deadline()
            case BadFrame():
                self._bad_frame(trouble)
            case SendMessage():
                self._out_of_turn(trouble.message)
            case StopReading():
                self._line.stop_reading(order)
            case _:
                raise AssertionError(f"nobody does {trouble} to a connection")

    def _strike_if_known(self, order: Order) -> None:
        """For a vendor that is not `Discerning`, an unknown trouble shows only here, where nobody is left to be told."""
        try:
            self.strike(order)
        except Unsupported as unknown:
            logger.warning("trouble %d is dropped: %s", order.number, unknown)
            self._board.orders.drop(order)

    def relieve(self, order: Order) -> None:
        """A trouble that was done to this connection is over."""
        if order is self._stalled_ready:
            self._stalled_ready = None
            if self._stall_before_ready():
                return
            self._holding = False
            held, self._held = self._held, []
            self._carry_out(held)
        elif isinstance(order.trouble, StopReading):
            self._line.read_again(order)
        elif isinstance(order.trouble, LASTING) and self.open:
            self._carry_out(self._session.relieved(order.trouble, self._now_s()))

    def _stall_before_ready(self) -> bool:
        """Whether a trouble keeps the session from becoming ready."""
        found = self._board.orders.first(self._line.number, Stall, phase="ready")
        if found is not None:
            self._stalled_ready, _ = found
            self._stalled_ready.strikes(self._line.number)
        return found is not None

    def _bad_frame(self, trouble: BadFrame) -> None:
        vendor = self._board.vendor
        name = vendor.harmless if isinstance(vendor, Harmless) else min(vendor.catalogue.server)
        message = vendor.message(name, self._session)
        compressed = bool(self._protocol.extensions)
        self._line.write(bad_frame(trouble, vendor.encode(message), compressed=compressed))
        if trouble.frame in ("oversize", "fragmented"):
            self._board.tell(Sent(connection=self._line.number, name=name, body=message, fault=True))

    def _out_of_turn(self, message: str | Mapping[str, Any]) -> None:
        vendor = self._board.vendor
        body = vendor.message(message, self._session) if isinstance(message, str) else dict(message)
        name = message if isinstance(message, str) else _name_of(message)
        payload = vendor.encode(body)
        size_bytes = self._write(payload)
        self._board.tell(Sent(connection=self._line.number, name=name, body=body, size_bytes=size_bytes, fault=True))

    # Frames.

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is TEXT or frame.opcode is BINARY:
            self._is_text = frame.opcode is TEXT
        elif frame.opcode is not CONT:
            return
        if not frame.fin:
            self._fragments += frame.data
            return
        data = bytes(frame.data)
        if self._fragments:
            data = bytes(self._fragments + data)
            self._fragments = bytearray()
        self._heard_bytes = len(data)
        payload: str | bytes = data
        if self._is_text:
            try:
                payload = data.decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "a text message is not UTF-8")
                return
        self._do(self._session.received(payload, self._now_s()))
        self._throttle()

    def _fail(self, code: CloseCode, reason: str) -> None:
        if self._protocol.state is OPEN:
            self._protocol.fail(code, reason)
            self._flush()
            self._tell_the_end_if_closing()

    def _flush(self) -> None:
        """Write what the WebSocket protocol itself has to say: pongs, close frames, the end."""
        for data in self._protocol.data_to_send():
            if not data:
                self._line.hang_up()
            elif is_pong(data):
                self._pongs.answer(data)
            else:
                self._line.write(data)

    def _schedule_ping(self) -> None:
        pinging = self._board.pinging
        if pinging is not None and pinging.ping_interval_s is not None and self.open:
            self._ping = self._line.later(pinging.ping_interval_s, self._send_ping)

    def _send_ping(self) -> None:
        if self.open:
            self._pings_sent += 1
            self._protocol.send_ping(struct.pack("!I", self._pings_sent))
            self._flush()
            self._schedule_ping()

    # Actions.

    def _carry_out(self, actions: list[Action]) -> None:
        self._do(actions)
        self._set_alarm()

    def _do(self, actions: list[Action]) -> None:
        # An observer may order a trouble in the middle of a list. What its session then wants comes behind the rest of
        # that list, so that messages keep the order in which the session decided them.
        if self._stalled_ready is not None and any(isinstance(action, Ready) for action in actions):
            self._holding = True
        self._todo.extend(actions)
        if self._acting:
            return
        self._acting = True
        try:
            while self._todo:
                self._act(self._todo.popleft())
        finally:
            self._acting = False

    def _act(self, action: Action) -> None:
        number = self._line.number
        if isinstance(action, Heard):
            size_bytes, self._heard_bytes = self._heard_bytes, 0
            self._board.received(number, action, size_bytes=size_bytes)
            if self._board.orders:
                self._count_rejection(action.name)
            return
        if not self.open:
            return
        if self._holding and isinstance(action, Send | Ready):
            if len(self._held) < HELD_MESSAGES_MAX:
                self._held.append(action)
            return
        match action:
            case Send():
                self._send(action)
            case Ready():
                self._board.tell(ReadyTold(connection=number, resumed=action.resumed))
            case Close():
                self._close(action.code, action.reason)
            case Abort():
                self._aborted_by_us = True
                self._tell_the_end()
                if action.reset:
                    self._line.reset()
                else:
                    self._line.hang_up()
            case _:
                raise AssertionError(f"a session asked for {action}, which nobody can do")

    def _send(self, action: Send) -> None:
        if self._board.orders and self._tampered(action):
            return
        size_bytes = self._write(action.payload)
        self._board.sent(self._line.number, action, size_bytes=size_bytes)

    def _tampered(self, action: Send) -> bool:
        """Whether troubles have had their way with this message, and it is not to be sent any more."""
        number, orders = self._line.number, self._board.orders
        withheld = orders.first(number, Withhold, name=action.name)
        if withheld is not None:
            withheld[0].hits += 1
            return True
        garbled = orders.first(number, Garble, name=action.name)
        doubled = orders.first(number, Duplicate, name=action.name)
        if garbled is None and doubled is None:
            return False
        payload = action.payload
        if garbled is not None:
            garbled[0].hits += 1
            payload = cut_off(payload)
        size_bytes = self._write(payload)
        if doubled is not None:
            doubled[0].hits += 1
            self._write(payload)
        sent = Sent(
            connection=number,
            name=action.name,
            body=action.body,
            audio=action.audio,
            audio_s=action.audio_s,
            size_bytes=size_bytes,
            fault=garbled is not None,
        )
        self._board.tell(sent)
        if doubled is not None:
            self._board.tell(replace(sent, fault=True))
        return True

    def _write(self, payload: str | bytes) -> int:
        """Send this as a message; its length on the wire is what comes back."""
        is_text = isinstance(payload, str)
        data = payload.encode() if isinstance(payload, str) else payload
        if not self._protocol.extensions:
            self._line.write(whole_message(data, is_text=is_text))
            return len(data)
        if is_text:
            self._protocol.send_text(data)
        else:
            self._protocol.send_binary(data)
        self._flush()
        return len(data)

    def _close(self, code: int | None, reason: str) -> None:
        self._protocol.send_close(code, "" if code is None else reason_that_fits(reason))
        self._line.expect_the_end(HANG_UP_TIMEOUT_S)
        self._flush()
        self._tell_the_end_if_closing()

    def _count_rejection(self, name: str) -> None:
        for order in self._board.orders.on(self._line.number, Reject):
            assert isinstance(order.trouble, Reject)
            if order.trouble.name != name or self._line.number not in order.struck:
                continue
            order.hits += 1
            if not order.in_force:
                self._board.relieve(order)

    # Time.

    def _now_s(self) -> float:
        # A timer may ring up to the clock's resolution early, and is then told the time that it was set for. No later
        # call may see less.
        now_s = self._board.now_s()
        if now_s > self._last_now_s:
            self._last_now_s = now_s
        return self._last_now_s

    def _set_alarm(self) -> None:
        """Have the session woken when it wants to be; while the client does not take what was sent, its time stands."""
        wake_at_s = self._session.wake_at_s() if self._begun and self.open and self._line.writable else None
        if wake_at_s == self._wake_at_s and wake_at_s is not None and self._alarm is not None:
            return
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._wake_at_s = wake_at_s
        if wake_at_s is not None:
            self._alarm = self._line.at(self._board.began_at + wake_at_s, self._wake)

    def _wake(self) -> None:
        assert self._wake_at_s is not None
        self._alarm = None
        self._last_now_s = max(self._last_now_s, self._wake_at_s)
        self._carry_out(self._session.passed(self._now_s()))
        self._throttle()

    def _throttle(self) -> None:
        """Read nothing for as long as the session has enough to do."""
        if self._throttling is None or not self.open:
            return
        until_s = self._throttling.pause_reading_until_s(self._now_s())
        if self._sated is not None:
            self._sated.cancel()
            self._sated = None
        if until_s is None:
            self._line.read_again("throttle")
        else:
            self._line.stop_reading("throttle")
            self._sated = self._line.at(self._board.began_at + until_s, self._hungry)

    def _hungry(self) -> None:
        self._sated = None
        self._line.read_again("throttle")

    # The end.

    def _tell_the_end_if_closing(self) -> None:
        if self._protocol.close_sent is not None or self._protocol.close_rcvd is not None:
            self._tell_the_end()

    def _tell_the_end(self, error: Exception | None = None) -> None:
        """Told once, at the first sign of it: the first close frame of either side, or the end without one."""
        if not self._end_told:
            self._end_told = True
            self._board.tell(self._closed(error))

    def _closed(self, error: Exception | None) -> Closed:
        number, sent, received = self._line.number, self._protocol.close_sent, self._protocol.close_rcvd
        if sent is not None and not self._protocol.close_rcvd_then_sent:
            return Closed(connection=number, code=sent.code, reason=sent.reason, by="server")
        if received is not None:
            return Closed(connection=number, code=received.code, reason=received.reason, by="client")
        if self._aborted_by_us:
            return Closed(connection=number, code=CloseCode.ABNORMAL_CLOSURE, by="server")
        return Closed(connection=number, code=CloseCode.ABNORMAL_CLOSURE, by="client", reset=error is not None)


def _name_of(message: Mapping[str, Any]) -> str:
    """`type`, where a vendor has it; else the first key, as Gemini names its messages."""
    name = message.get("type", next(iter(message), ""))
    return name if isinstance(name, str) else ""
