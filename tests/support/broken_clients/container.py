"""Clients that speak in a container, and do so wrongly."""

from __future__ import annotations

from tests.support.correct_clients.container import InAContainer
from tests.support.correct_clients.opening import Opened
from tests.support.correct_clients.persistent import Persistent

__all__ = ["SendsTheHeadOnce"]


class SendsTheHeadOnce(InAContainer):
    """The head is a part of the stream, of which the next connection is told the rest."""

    _has_sent_it = False

    async def _dial(self) -> Opened:
        if self._has_sent_it:
            return await Persistent._dial(self)
        self._has_sent_it = True
        return await super()._dial()
