"""One connection of a replay: says what was said then, and hears what is said now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from mock_servers.base.frames import cut_off
from mock_servers.base.protocol import Abort, Accounting, Action, Close, Cursors, Heard, Send, Session
from mock_servers.base.trouble import Trouble, Unsupported
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.replayed.steps import PATIENCE_S, Mark, Say, Step

__all__ = ["ReplayedSession"]

EARLY_S = 1e-9
"""Times are sums of floats; what is due in less than this is due."""


class ReplayedSession:
    """Goes through `steps` in their order.

    Args:
        hear: Opens a session of the vendor's own, which understands the client and whose answers nobody gets: only a
            vendor can say what a frame means. One that ends is followed by another one.
        payload: Frames a message.
        reached: Called at each mark, with nothing of this session left to be sent before it.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        hear: Callable[[float], Session | None],
        payload: Callable[[Say, bytes], str | bytes],
        reached: Callable[[int], None],
        ear: Session,
    ) -> None:
        self.response_headers = ear.response_headers
        self.subprotocol = ear.subprotocol
        self._steps = steps
        self._next = 0
        self._hear = hear
        self._payload = payload
        self._reached = reached
        self._ear = ear
        self._heard_before = Cursors(received_s=0.0, processed_s=0.0, finalised_s=0.0)
        self._opened_s = 0.0
        self._received: Counter[str] = Counter()
        self._received_s: dict[tuple[str, int], float] = {}

    def opened(self, now_s: float) -> list[Action]:
        self._opened_s = now_s
        self._listened(self._ear.opened(now_s), now_s)
        return self._due([], now_s)

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        heard = self._listened(self._ear.received(payload, now_s), now_s)
        for one in heard:
            if not one.audio:
                self._received[one.name] += 1
                self._received_s[one.name, self._received[one.name]] = now_s
        return self._due([*heard], now_s)

    def passed(self, now_s: float) -> list[Action]:
        wake_at_s = self._ear.wake_at_s()
        if wake_at_s is not None and wake_at_s <= now_s:
            self._listened(self._ear.passed(now_s), now_s)
        return self._due([], now_s)

    def wake_at_s(self) -> float | None:
        own = self._due_s(self._steps[self._next]) if self._next < len(self._steps) else None
        times = [at_s for at_s in (own, self._ear.wake_at_s()) if at_s is not None]
        return min(times, default=None)

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        raise Unsupported(f"a replay has no {type(trouble).__name__}: it does what was done then")

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        return []

    def closed(self, now_s: float) -> None:
        self._ear.closed(now_s)

    def cursors(self, now_s: float) -> Cursors:
        """What today's mock of the vendor makes of the caller's audio."""
        before, now = self._heard_before, self._cursors_of_ear(now_s)
        return Cursors(
            received_s=before.received_s + now.received_s,
            processed_s=before.processed_s + now.processed_s,
            finalised_s=before.finalised_s + now.finalised_s,
        )

    # What is said.

    def _due(self, actions: list[Action], now_s: float) -> list[Action]:
        """`actions`, and what is to be done by now. A mark waits until all before it is on its way."""
        while self._next < len(self._steps):
            step = self._steps[self._next]
            if self._due_s(step) > now_s + EARLY_S:
                break
            match step.deed:
                case Mark() if actions:
                    break
                case Mark(number=number):
                    self._next += 1
                    self._reached(number)
                    continue
                case Say() as say:
                    actions.append(self._said(say))
                case deed:
                    actions.append(deed)
            self._next += 1
        return actions

    def _due_s(self, step: Step) -> float:
        if step.awaits is None:
            return self._opened_s + step.at_s
        came_s = self._received_s.get(step.awaits)
        return self._opened_s + step.at_s + PATIENCE_S if came_s is None else came_s + step.after_s

    def _said(self, say: Say) -> Send:
        pcm = b"".join(coded(AGENT_STREAM, start, end) for start, end in say.audio)
        payload = self._payload(say, pcm)
        return Send(name=say.name, payload=cut_off(payload) if say.garbled else payload, body=say.body, audio=pcm)

    # What is heard.

    def _listened(self, actions: list[Action], now_s: float) -> list[Heard]:
        """What the ear understood. One that hangs up hears nothing any more, and the client knows nothing of that."""
        if any(isinstance(action, Close | Abort) for action in actions):
            heard_so_far = self.cursors(now_s)
            self._ear.closed(now_s)
            another = self._hear(now_s)
            if another is not None:
                self._heard_before = heard_so_far
                self._ear = another
                another.opened(now_s)
        return [action for action in actions if isinstance(action, Heard)]

    def _cursors_of_ear(self, now_s: float) -> Cursors:
        if isinstance(self._ear, Accounting):
            return self._ear.cursors(now_s)
        return Cursors(received_s=0.0, processed_s=0.0, finalised_s=0.0)
