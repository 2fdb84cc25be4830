"""Speaks to Deepgram in a container: the address says nothing of the format, for the head of the stream does."""

from __future__ import annotations

import struct
from urllib.parse import urlencode

from harness.clients import Endpoints
from harness.scenario import Case
from tests.support.correct_clients.dialects import Deepgram
from tests.support.correct_clients.opening import Opened
from tests.support.correct_clients.persistent import Persistent

__all__ = ["InAContainer", "container"]

ENDLESS = 0xFFFFFFFF
"""The length of a stream whose end nobody knows."""


class DeepgramInAContainer(Deepgram):
    def address(self, url: str, key: str) -> tuple[str, dict[str, str]]:
        asked = {"model": "nova-3", "interim_results": "true"}
        return f"{url}?{urlencode(asked)}", {"Authorization": f"Token {key}"}

    @property
    def head(self) -> bytes:
        """A WAV header for 16-bit mono PCM."""
        rate = self.caller_hz
        form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
        return (
            b"RIFF"
            + struct.pack("<I", ENDLESS)
            + b"WAVEfmt "
            + struct.pack("<I", len(form))
            + form
            + (b"data" + struct.pack("<I", ENDLESS))
        )


class InAContainer(Persistent):
    """The head goes out first of all on each connection."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        super().__init__(case, endpoints)
        self._dialect: DeepgramInAContainer = DeepgramInAContainer()

    async def _dial(self) -> Opened:
        session = await super()._dial()
        await session.send(self._dialect.head)
        return session


def container(case: Case, endpoints: Endpoints) -> InAContainer:
    return InAContainer(case, endpoints)
