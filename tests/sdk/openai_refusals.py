"""How a connection is refused, and what the SDK makes of that: behind the 101 as OpenAI does, or instead of it."""

from __future__ import annotations

import json
import ssl
from typing import Any

from websockets.exceptions import InvalidStatus

from tests.sdk.openai_caller import BESIDE_TLS, Caller, by_both

__all__: list[str] = []

GA = ">=1.107"
SERVED = {"beta": "served"}
"""So that the clients of the beta get as far as the others."""

OPEN_TIMEOUT_S = 10.0
"""The default of `websockets`, which the SDK leaves as it is."""


async def _refused_behind_the_101(caller: Caller, code: str, close_code: int, **options: Any) -> None:
    async with caller.dialled(**options) as line:
        error = (await line.next()).error
        closed = await line.closed()

    assert (error.type, error.code) == ("invalid_request_error", code)
    assert [event.type for event in line.events] == ["error"]
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (close_code, f"invalid_request_error.{code}")


@by_both("refused key", settings=SERVED)
async def refused_key(caller: Caller) -> None:
    await _refused_behind_the_101(caller, "invalid_api_key", 3000, key="sk-invalid")


@by_both("refused key over HTTP", settings=SERVED | {"auth_failure": "http"}, transports=BESIDE_TLS)
async def refused_key_over_http(caller: Caller) -> None:
    refused = await _refusal(caller, key="sk-invalid")

    assert refused.response.status_code == 401
    assert json.loads(refused.response.body)["error"]["code"] == "invalid_api_key"


@by_both("refused model", settings=SERVED, transports=BESIDE_TLS)
async def refused_model(caller: Caller) -> None:
    await _refused_behind_the_101(caller, "invalid_model", 4000, model="gpt-4o-mini")


@by_both("no model", versions=">=2", transports=BESIDE_TLS)
async def no_model(caller: Caller) -> None:
    await _refused_behind_the_101(caller, "missing_model", 4000, extra_query={"hello": "world"})


@by_both("refused beta", settings={"beta": "refused"}, transports=BESIDE_TLS)
async def refused_beta(caller: Caller) -> None:
    """Every version still has the beta's client, and OpenAI has refused it since May 2026."""
    await _refused_behind_the_101(caller, "beta_api_shape_disabled", 4000, beta=True)


@by_both("unknown call", versions=">=2", transports=BESIDE_TLS)
async def unknown_call(caller: Caller) -> None:
    refused = await _refusal(caller, call_id="rtc_nobody")

    assert refused.response.status_code == 404
    assert refused.response.body in (b"", None)


def _sees_a_status(status: int) -> None:
    @by_both(f"sees a {status}", settings=SERVED, transports=BESIDE_TLS)
    async def sees(caller: Caller) -> None:
        await caller.trouble({"refuse_upgrade": {"status": status, "retry_after_s": 3}}, on="next", times=1)
        refused = await _refusal(caller)
        async with caller.dialled() as line:
            created = await line.next()

        assert refused.response.status_code == status
        assert refused.response.headers["retry-after"] == "3"
        assert {"message", "type", "param", "code"} == set(json.loads(refused.response.body)["error"])
        assert created.type == "session.created"


for _status in (400, 401, 403, 404, 429, 500, 502, 503):
    _sees_a_status(_status)


@by_both("sees Retry-After in milliseconds", settings=SERVED, transports=BESIDE_TLS)
async def sees_retry_after_in_milliseconds(caller: Caller) -> None:
    wish = {"status": 429, "retry_after_s": 1.5, "form": "header-ms", "headers": {"x-ratelimit-remaining-tokens": "0"}}
    await caller.trouble({"refuse_upgrade": wish}, on="next", times=1)
    refused = await _refusal(caller)

    assert refused.response.headers["retry-after-ms"] == "1500"
    assert refused.response.headers["x-ratelimit-remaining-tokens"] == "0"
    assert "retry-after" not in refused.response.headers


@by_both("sees Retry-After as a date", settings=SERVED, transports=BESIDE_TLS)
async def sees_retry_after_as_a_date(caller: Caller) -> None:
    wish = {"status": 503, "retry_after_s": 30, "form": "header-date"}
    await caller.trouble({"refuse_upgrade": wish}, on="next", times=1)
    refused = await _refusal(caller)

    assert refused.response.headers["retry-after"].endswith(" GMT")


def _sees_a_stall(name: str, phase: str, **marks: Any) -> None:
    @by_both(name, settings=SERVED, **marks)
    async def sees(caller: Caller) -> None:
        """Nobody answers: the SDK gives up after 10 s, unless it is told to sooner."""
        patience_s = OPEN_TIMEOUT_S if caller.there.production else 0.5
        options = {} if caller.there.production else {"websocket_connection_options": {"open_timeout": patience_s}}
        await caller.trouble({"stall": {"phase": phase}}, on="next", times=1)
        began_s = caller.now_s()
        timed_out = False
        try:
            async with caller.dialled(**options):
                pass
        except TimeoutError:
            timed_out = True

        assert timed_out
        assert caller.now_s() - began_s >= patience_s


_sees_a_stall("sees a stalled connection", "tcp", transports=BESIDE_TLS)
_sees_a_stall("sees a stalled TLS handshake", "tls", transports=("wss",))


def _sees_a_certificate(kind: str, reason: str) -> None:
    @by_both(f"sees a certificate that is {kind}", transports=("wss",), settings=SERVED)
    async def sees(caller: Caller) -> None:
        refused: ssl.SSLCertVerificationError | None = None
        await caller.trouble({"bad_certificate": {"kind": kind}}, on="next", times=1)
        try:
            async with caller.dialled():
                pass
        except ssl.SSLCertVerificationError as error:
            refused = error
        async with caller.dialled() as line:
            created = await line.next()

        assert refused is not None
        assert reason in refused.verify_message
        assert created.type == "session.created"


_sees_a_certificate("expired", "certificate has expired")
_sees_a_certificate("wrong-host", "IP address mismatch")
_sees_a_certificate("untrusted", "unable to get local issuer certificate")


async def _refusal(caller: Caller, **options: Any) -> InvalidStatus:
    """The SDK raises what `websockets` raises, none of its own exceptions."""
    try:
        async with caller.dialled(**options) as line:
            told = await line.next()
    except InvalidStatus as refused:
        return refused
    raise AssertionError(f"the connection was not refused: {told}")
