"""A session in the beta's shape: the same session, with a rim that renames what goes in and out.

The order differs in three places (raw logs of 2025): a new item is told once, rate limits come right behind
`response.created`, and they count requests too.
"""

from __future__ import annotations

import json
from typing import Any

from mock_servers.base.protocol import Action, Cursors, Heard, Send
from mock_servers.base.trouble import Reject, Trouble
from mock_servers.openai_realtime.beta.client_events import ga_event, temperature_in
from mock_servers.openai_realtime.beta.server_events import beta_event
from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.identifiers import Identifiers
from mock_servers.openai_realtime.messages import parsed
from mock_servers.openai_realtime.rate_limits import RateLimits
from mock_servers.openai_realtime.session import RealtimeSession
from mock_servers.openai_realtime.wording import send, without_secrets

__all__ = ["BetaSession"]

USUAL_TEMPERATURE = 0.8

REQUESTS_A_MINUTE = 20_000
"""Beta log of 2025: limit 20000, remaining 19999, reset_seconds 0.003."""


class BetaSession:
    """A session as the last clients of the beta know it.

    Args:
        inner: The session itself.
        limits: The organisation's, which the inner session spends.
        client_secret: What a transcription session shows of itself.
    """

    response_headers: tuple[tuple[str, str], ...] = ()

    def __init__(self, inner: RealtimeSession, *, limits: RateLimits, client_secret: dict[str, Any]) -> None:
        self.subprotocol = inner.subprotocol
        self._inner = inner
        self._limits = limits
        self._client_secret = client_secret
        self._temperature = USUAL_TEMPERATURE

    @property
    def ids(self) -> Identifiers:
        return self._inner.ids

    def told(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """A GA message as this session would tell it."""
        return beta_event(message, temperature=self._temperature, client_secret=self._client_secret)

    # What the server calls.

    def opened(self, now_s: float) -> list[Action]:
        return self._outward(self._inner.opened(now_s), now_s)

    def received(self, payload: str | bytes, now_s: float) -> list[Action]:
        try:
            message = parsed(payload)
        except Refused:
            return self._outward(self._inner.received(payload, now_s), now_s)
        try:
            inward = ga_event(message)
        except Refused as refused:
            echoed = message.get("event_id") if isinstance(message.get("event_id"), str) else None
            error = Event(type="error", fields={"error": refused.details.event(echoed)})
            heard = Heard(name=message["type"], body=without_secrets(message))
            return [heard, *self._outward([send(error, self.ids, now_s)], now_s)]
        untouched = inward is message
        actions = self._inner.received(payload if untouched else json.dumps(inward), now_s)
        if message["type"] == "session.update" and _is_told(actions, "session.updated"):
            self._temperature = temperature_in(message) or self._temperature
        return self._outward([self._as_sent(action, message) for action in actions], now_s)

    def passed(self, now_s: float) -> list[Action]:
        return self._outward(self._inner.passed(now_s), now_s)

    def wake_at_s(self) -> float | None:
        return self._inner.wake_at_s()

    def troubled(self, trouble: Trouble, now_s: float) -> list[Action]:
        return self._outward(self._inner.troubled(_inward(trouble), now_s), now_s)

    def relieved(self, trouble: Trouble, now_s: float) -> list[Action]:
        return self._outward(self._inner.relieved(_inward(trouble), now_s), now_s)

    def closed(self, now_s: float) -> None:
        self._inner.closed(now_s)

    def cursors(self, now_s: float) -> Cursors:
        return self._inner.cursors(now_s)

    # The rim.

    def _as_sent(self, action: Action, message: dict[str, Any]) -> Action:
        """Observers are told the client's own words."""
        if isinstance(action, Heard):
            return Heard(name=message["type"], body=without_secrets(message), audio=action.audio)
        return action

    def _outward(self, actions: list[Action], now_s: float) -> list[Action]:
        told: list[Action] = []
        for action in actions:
            if not isinstance(action, Send):
                told.append(action)
            elif action.name != "rate_limits.updated":
                message = self.told(json.loads(action.payload))
                if message is not None:
                    told.append(_send(message, action.audio))
                if action.name == "response.created":
                    told.append(self._limits_told(now_s))
        return told

    def _limits_told(self, now_s: float) -> Send:
        requests = {
            "name": "requests",
            "limit": REQUESTS_A_MINUTE,
            "remaining": REQUESTS_A_MINUTE - 1,
            "reset_seconds": round(60 / REQUESTS_A_MINUTE, 3),
        }
        limits = [requests, *self._limits.told(now_s)]
        return send(Event(type="rate_limits.updated", fields={"rate_limits": limits}), self.ids, now_s)


def _is_told(actions: list[Action], name: str) -> bool:
    return any(isinstance(action, Send) and action.name == name for action in actions)


def _send(message: dict[str, Any], audio: bytes) -> Send:
    payload = json.dumps(message, separators=(",", ":"))
    return Send(name=message["type"], payload=payload, body=without_secrets(message), audio=audio)


def _inward(trouble: Trouble) -> Trouble:
    if trouble == Reject(name="transcription_session.update"):
        return Reject(name="session.update")
    return trouble
