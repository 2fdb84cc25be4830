"""People on the phone: each sends a frame of audio every 20 ms, speaks for two seconds, and listens for four."""

from __future__ import annotations

import asyncio
import base64

from websockets.frames import Opcode

from mock_servers.base.voice import CALLER_STREAM, coded
from tests.load.pacing import Pacing
from tests.load.wire import end_of_frame, frame

__all__ = ["FRAME_S", "GATHERED", "Caller", "first_words", "said_frames"]

FRAME_S = 0.02
SPEAKS_S, LISTENS_S = 2.0, 4.0
RATES_HZ = {"openai-realtime": 24_000, "gemini-live": 16_000, "deepgram": 16_000}
GATHERED = {
    "openai-realtime": "/v1/realtime?model=gpt-realtime",
    "gemini-live": "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=mock",
    "deepgram": "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true",
}
"""Where calls are made."""


def first_words(vendor: str) -> bytes:
    """What a caller says before any audio, as frames."""
    if vendor != "gemini-live":
        return b""
    return frame(Opcode.TEXT, b'{"setup":{"model":"models/gemini-2.5-flash-live"}}')


def said_frames(vendor: str, *, speaks_s: float = SPEAKS_S, listens_s: float = LISTENS_S) -> list[bytes]:
    """The frames of one round of a call, 20 ms of audio in each."""
    rate_hz = RATES_HZ[vendor]
    pcm = coded(CALLER_STREAM, 0, round(2 * rate_hz * speaks_s)) + bytes(round(2 * rate_hz * listens_s))
    size = round(2 * rate_hz * FRAME_S)
    return [_message(vendor, pcm[at : at + size]) for at in range(0, len(pcm), size)]


def _message(vendor: str, pcm: bytes) -> bytes:
    data = base64.b64encode(pcm).decode()
    match vendor:
        case "openai-realtime":
            return frame(Opcode.TEXT, f'{{"type":"input_audio_buffer.append","audio":"{data}"}}'.encode())
        case "gemini-live":
            audio = f'{{"mimeType":"audio/pcm;rate=16000","data":"{data}"}}'
            return frame(Opcode.TEXT, f'{{"realtimeInput":{{"audio":{audio}}}}}'.encode())
        case _:
            return frame(Opcode.BINARY, pcm)


class Caller(asyncio.Protocol):
    """One connection, past its upgrade as soon as `upgraded` is set."""

    def __init__(self, vendor: str, request: bytes) -> None:
        self.pacing = Pacing(vendor)
        self.upgraded = asyncio.Event()
        self.closed: bytes | None = None
        self._request = request
        self._first = first_words(vendor)
        self._unread = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at_s = self._loop.time()
        self._unread += data
        if not self.upgraded.is_set():
            if b"\r\n\r\n" not in self._unread:
                return
            head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            assert b" 101 " in head.partition(b"\r\n")[0], head
            self.transport.write(self._first)
            self.upgraded.set()
        place = 0
        while (end := end_of_frame(self._unread, place)) is not None:
            self._heard(self._unread[place:end], at_s)
            place = end
        self._unread = self._unread[place:]

    def _heard(self, whole: bytes, at_s: float) -> None:
        opcode, length = whole[0] & 0x0F, whole[1]
        payload = whole[2 if length < 126 else 4 if length == 126 else 10 :]
        if opcode in (Opcode.TEXT, Opcode.BINARY):
            self.pacing.came(payload, at_s)
        elif opcode == Opcode.CLOSE:
            self.closed = payload
