"""Resumption handles: what a session can be taken up again with, and when that is refused.

A handle stands for the conversation as it was when the handle was given; it works from one socket at a time, for the
same model, and for two hours after its session's last connection has ended (ai.google.dev/gemini-api/docs/live-session,
read 2026-11). How refusals look was seen by users: aicc2025/sip-to-ai#14 (socket still open), yagudaev/voiceclaw,
googleapis/python-genai issues on `session not found`. The form of a handle is opaque; ours is 40 hex digits.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.usage import NO_TOKENS, Tokens

__all__ = ["Handles", "Remembered", "Said"]

HANDLES_MAX = 4096
"""The oldest falls out, and is from then on as unknown as one that never was: some 3 days of turns a minute apart."""

SESSIONS_MAX = 4096
"""The oldest without a socket falls out, and with it what was wrong with it."""

# Looser than what we give out: the point is to tell a handle that cannot be one from one that nobody knows.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_\-./+=]{16,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of the history. `role`: `user`, `model`, `tool` for a function's result, `note` for one that is only
    kept in mind; `is_aside` for a model's turn that is no answer."""

    role: str
    text: str
    is_aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A conversation as it was when its handle was given. `session` is the same for all connections that go on with it."""

    session: int
    model: str = ""
    history: tuple[Said, ...] = ()
    context: Tokens = NO_TOKENS


@dataclass(slots=True, kw_only=True)
class _Session:
    """What is known of a session whatever its handles: `used_s` is for how long it has been connected, without now."""

    sockets: int = 0
    opened_at_s: float = 0.0
    ended_at_s: float | None = None
    used_s: float = 0.0
    is_expired: bool = False
    is_refused: bool = False
    is_refused_once: bool = False


class Handles:
    """All handles that a server has given out.

    Args:
        ttl_s: How long a handle works after its session's connection has ended.
    """

    def __init__(self, *, ttl_s: float = 7200.0) -> None:
        self._ttl_s = ttl_s
        self._begun = 0
        self._given = 0
        self._remembered: dict[str, Remembered] = {}
        self._sessions: dict[int, _Session] = {}

    def new_session(self) -> Remembered:
        self._begun += 1
        return Remembered(session=self._begun)

    def opened(self, session: int, now_s: float) -> None:
        kept = self._session(session)
        kept.sockets += 1
        kept.opened_at_s = now_s
        self._forget_the_oldest()

    def ended(self, session: int, now_s: float) -> None:
        kept = self._session(session)
        kept.sockets -= 1
        kept.ended_at_s = now_s
        kept.used_s = 0.0 if kept.is_expired else kept.used_s + now_s - kept.opened_at_s
        kept.is_expired = False

    def used_s(self, session: int) -> float:
        """For how long the session was connected, up to the end of its last connection."""
        return self._session(session).used_s

    def refuse(self, session: int) -> None:
        """From now on this session cannot be resumed."""
        self._session(session).is_refused = True

    def allow(self, session: int) -> None:
        self._session(session).is_refused = False

    def expired(self, session: int) -> None:
        """The session has used up its time. It may be resumed (users did), and then its time begins anew."""
        self._session(session).is_expired = True

    def refuse_once(self, session: int) -> None:
        """The next attempt to resume this session fails, the one after it does not."""
        self._session(session).is_refused_once = True

    def give(self, remembered: Remembered) -> str:
        """A new handle, never one that was given before; the same after the same story."""
        self._given += 1
        handle = hashlib.sha256(f"deadair/{self._given}/{remembered.session}".encode()).hexdigest()[:40]
        self._remembered[handle] = remembered
        if len(self._remembered) > HANDLES_MAX:
            del self._remembered[next(iter(self._remembered))]
        return handle

    def redeem(self, handle: str, now_s: float) -> Remembered | Close:
        """The conversation that the handle stands for, or the close frame that refuses it. Whether it belongs to the
        same model is not asked here: Gemini completes the setup of such a session, then fails."""
        if not _WELL_FORMED.fullmatch(handle):
            return endings.INVALID_HANDLE
        remembered = self._remembered.get(handle)
        if remembered is None:
            return endings.SESSION_NOT_FOUND
        kept = self._session(remembered.session)
        if kept.is_refused:
            return endings.SESSION_NOT_FOUND
        if kept.sockets:
            return endings.SESSION_STILL_OPEN
        if kept.ended_at_s is not None and now_s - kept.ended_at_s > self._ttl_s:
            return endings.SESSION_NOT_FOUND
        if kept.is_refused_once:
            kept.is_refused_once = False
            return endings.INVALID_ARGUMENT
        return remembered

    def _session(self, session: int) -> _Session:
        return self._sessions.setdefault(session, _Session())

    def _forget_the_oldest(self) -> None:
        if len(self._sessions) > SESSIONS_MAX:
            idle = next((number for number, kept in self._sessions.items() if not kept.sockets), None)
            if idle is not None:
                del self._sessions[idle]
