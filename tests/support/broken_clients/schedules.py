"""Clients that wait for the wrong time, or give up at the wrong one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from providers.base import ConnectionFailed, SessionConfig
from providers.reconnect import (
    Cause,
    Decision,
    Happening,
    Limited,
    Lost,
    Opened,
    Permanent,
    Policy,
    Transient,
    Verdict,
    Wait,
)
from providers.websocket_provider import WebSocketProvider
from tests.support.broken_clients.bug import bug


@bug
class WaitsOneSecondEachTime(WebSocketProvider):
    """Flat, where the wait should double."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        return super()._decide(happened, replace(policy, factor=1.0))


@bug
class WaitsFourSecondsInStepFour(WebSocketProvider):
    """A cap that is too low, and only for one step: 1, 2, 4, 4, 16."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        decision = super()._decide(happened, policy)
        return replace(decision, backoff_s=4.0) if isinstance(decision, Wait) and decision.attempt == 4 else decision


@bug
class RedialsAtOnce(WebSocketProvider):
    """Tries five times within a moment, where half a minute is due."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        decision = super()._decide(happened, policy)
        return replace(decision, backoff_s=0.0) if isinstance(decision, Wait) else decision


@bug
class AnnouncesAnotherWait(WebSocketProvider):
    """Waits as it should, and tells the application that it is a second each time."""

    def _announce(self, wait: Wait) -> None:
        super()._announce(replace(wait, backoff_s=1.0))


@bug
class GivesUpAfterThree(WebSocketProvider):
    """Three attempts, where five are due."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        return super()._decide(happened, replace(policy, attempts=3))


@bug
class NeverGivesUp(WebSocketProvider):
    """Goes on doubling where it should say that the call is over."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        return super()._decide(happened, replace(policy, attempts=1000))


@bug
class CountsAnewAtEveryHandshake(WebSocketProvider):
    """Takes an accepted upgrade for a connection that works."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        decision = super()._decide(happened, policy)
        if isinstance(happened, Opened):
            self._standing = replace(self._standing, spent=0)
        return decision


@bug
class NeverCountsAnew(WebSocketProvider):
    """Holds an outage of this morning against the connection of tonight."""

    def _decide(self, happened: Happening, policy: Policy) -> Decision:
        if isinstance(happened, Lost):
            policy = replace(policy, stable_after_s=float("inf"), stable_unheard_after_s=float("inf"))
        return super()._decide(happened, policy)


@bug
class IgnoresRetryAfter(WebSocketProvider):
    """Comes back by its own schedule, whatever the server asks."""

    def _judge(self, cause: Cause) -> Verdict:
        verdict = super()._judge(cause)
        return Transient() if isinstance(verdict, Limited) else verdict


@bug
class TakesARateLimitForARefusal(WebSocketProvider):
    """Every 4xx is final to it, 429 too."""

    def _judge(self, cause: Cause) -> Verdict:
        return Permanent() if cause.status == 429 else super()._judge(cause)


@bug
class TakesAnOverloadForARefusal(WebSocketProvider):
    """Every status that is none of success is final to it, 503 too."""

    def _judge(self, cause: Cause) -> Verdict:
        return Permanent() if cause.status == 503 else super()._judge(cause)


@bug
class TriesAgainWithABadKey(WebSocketProvider):
    """Nothing is final to it: neither a key that is not valid nor an empty account."""

    def _judge(self, cause: Cause) -> Verdict:
        verdict = super()._judge(cause)
        return Transient() if isinstance(verdict, Permanent) else verdict


@bug
class TriesTheFirstConnectAgain(WebSocketProvider):
    """Retries behind the application's back, before there was a session."""

    async def connect(self, config: SessionConfig) -> None:
        try:
            await super().connect(config)
        except ConnectionFailed:
            await asyncio.sleep(1.0)
            await super().connect(config)
