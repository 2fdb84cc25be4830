"""Request ids: UUIDs of version 7, as the service hands them out, decided by the seed."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

__all__ = ["NOBODY", "RequestIds", "SpeechIds", "date_of", "model_uuid", "unix_s_of"]

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""What a mock takes for the date at second 0 of its clock: a fixed one, so that equal runs say equal things."""

_MODELS = uuid.UUID("6d1f0f0a-4e0e-5b58-9d2e-1f4f6e2f8c11")

NOBODY = str(uuid.UUID(int=0))
"""The id of a request that nobody made."""


class RequestIds:
    """The ids of a server's requests, in order; same seed and same times, same ids."""

    def __init__(self, *, seed: int) -> None:
        self._random = random.Random(f"{seed}:deepgram:request-id")

    def next(self, now_s: float) -> str:
        milliseconds = int(unix_s_of(now_s) * 1000)
        bits = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | self._random.getrandbits(12) << 64
        return str(uuid.UUID(int=bits | 0b10 << 62 | self._random.getrandbits(62)))


class SpeechIds:
    """The ids of a connection's turns of speech: `dg_sp_<12 hex digits>` (deepgram-sdk 7.17.0, SpeakV2SpeechStarted)."""

    def __init__(self, *, seed: int, request_id: str) -> None:
        self._random = random.Random(f"{seed}:deepgram:speech-id:{request_id}")

    def next(self) -> str:
        return f"dg_sp_{self._random.getrandbits(48):012x}"


def model_uuid(name: str) -> str:
    """The id of a model: the same in every run."""
    return str(uuid.uuid5(_MODELS, name))


def date_of(now_s: float) -> str:
    """The date at this second of the server's clock, as Metadata tells it: `2026-01-01T00:00:00.000Z`."""
    return (_EPOCH + timedelta(seconds=now_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_s_of(now_s: float) -> float:
    """The same date in Unix seconds."""
    return (_EPOCH + timedelta(seconds=now_s)).timestamp()
