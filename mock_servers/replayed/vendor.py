"""A vendor whose sessions do what was done then; for all else it is asked today's mock of the same vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_servers.base.protocol import Answer, Compressing, Harmless, Pinging, Refusing, Request, Session, Vendor
from mock_servers.base.refusal import plain_answer
from mock_servers.replayed.payloads import payload
from mock_servers.replayed.session import ReplayedSession
from mock_servers.replayed.steps import Step

__all__ = ["Replayed"]


class Replayed:
    """`mock_servers.base.protocol.Vendor`.

    An upgrade that today's mock refuses is refused: nobody knows what would have been said to such a client.

    Args:
        of: Today's mock of the vendor.
        reached: Called at each mark, with its number.
    """

    def __init__(self, of: Vendor, *, reached: Callable[[int], None]) -> None:
        self.name = of.name
        self.catalogue = of.catalogue
        self.ping_interval_s = of.ping_interval_s if isinstance(of, Pinging) else None
        self.harmless = of.harmless if isinstance(of, Harmless) else min(of.catalogue.server)
        self.compresses = isinstance(of, Compressing) and of.compresses
        self._of = of
        self._reached = reached
        self._steps: Sequence[Step] = ()

    def expect(self, steps: Sequence[Step]) -> None:
        """The next session does this; until it is told otherwise, each does."""
        self._steps = steps

    def asked(self, request: Request, now_s: float) -> Session | Answer:
        ear = self._of.asked(request, now_s)
        if isinstance(ear, Answer) or not request.is_upgrade:
            return ear
        return ReplayedSession(
            self._steps,
            ear=ear,
            hear=lambda now_s: self._ear(request, now_s),
            payload=lambda say, pcm: payload(self._of, say.name, say.body, pcm),
            reached=self._reached,
        )

    def message(self, name: str, session: Session | None) -> dict[str, Any]:
        return self._of.message(name, None)

    def encode(self, message: Mapping[str, Any]) -> str | bytes:
        return self._of.encode(message)

    def error_answer(self, status: int) -> Answer:
        return self._of.error_answer(status) if isinstance(self._of, Refusing) else plain_answer(status)

    def _ear(self, request: Request, now_s: float) -> Session | None:
        again = self._of.asked(request, now_s)
        return None if isinstance(again, Answer) else again
