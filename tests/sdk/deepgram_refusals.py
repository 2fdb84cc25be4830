"""Upgrades that the mock refuses, as the async and the sync client of the Deepgram SDK raise them.

The two differ: the async client raises its own `ApiError`, whose `headers` are those of the *request*; the server's are
those of the exception behind it. The sync client lets the `InvalidStatus` of `websockets` through, which has them and the
body (deepgram-sdk 6.1.1 and 7.17.0: `core/websocket_compat.py` catches the legacy exception alone).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepgram.core.api_error import ApiError
from websockets.exceptions import InvalidStatus

from tests.sdk.deepgram_hands import held
from tests.sdk.deepgram_speech import NOVA
from tests.sdk.deepgram_talk import Call, Clock, Pause, Talk, Trouble, ask, connect, refused

__all__: list[str] = []

NO_KEY = "Invalid credentials."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What can be read of a refused upgrade; `body` None where the client throws it away."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | None


def read(raised: Exception) -> Refusal:
    match raised:
        case ApiError(status_code=int(status)):
            expected = "Websocket initialized with invalid credentials."
            assert (raised.body == expected) == (status == 401), raised.body
            behind: Any = raised.__context__
            return Refusal(status=status, headers=behind.headers, body=None)
        case InvalidStatus(response=response):
            return Refusal(status=response.status_code, headers=response.headers, body=json.loads(response.body))
    raise AssertionError(f"the upgrade was not refused by a status, but with {raised!r}")


def assert_in_its_own_words(refusal: Refusal, status: int, code: str, message: str) -> None:
    """A refusal carries `dg-error`, `dg-request-id`, and the same in a body of three keys."""
    assert refusal.status == status, f"{refusal.status}, not {status}"
    assert refusal.headers["dg-error"] == message, refusal.headers["dg-error"]
    if refusal.body is not None:
        told = {"err_code": code, "err_msg": message, "request_id": refusal.headers["dg-request-id"]}
        assert list(refusal.body.items()) == list(told.items()), refusal.body


@held("refused key")
def refused_key() -> Talk:
    for surface, query in (("listen.v1", NOVA), ("listen.v2", {**NOVA, "model": "flux-general-en"})):
        raised = yield refused(connect(surface, client={"api_key": "invalid"}, **query))
        assert_in_its_own_words(read(raised), 401, "INVALID_AUTH", NO_KEY)


@held("refused key at speak")
def refused_key_at_speak() -> Talk:
    raised = yield refused(connect("speak.v1", client={"api_key": "invalid"}, model="aura-2-thalia-en"))
    call = yield refused(ask("speak.v1.audio.generate", client={"api_key": "invalid"}, text="one"))

    assert_in_its_own_words(read(raised), 401, "INVALID_AUTH", NO_KEY)
    assert call.status_code == 401
    assert call.body["err_code"] == "INVALID_AUTH"


@held("temporary token")
def temporary_token() -> Talk:
    granted = yield ask("auth.v1.tokens.grant", ttl_seconds=20)
    call: Call = yield connect("listen.v1", client={"access_token": granted.access_token}, **NOVA)
    yield Pause(0.2)

    assert granted.access_token.count(".") == 2
    assert granted.expires_in == 20
    assert not call.is_over, call.told()


@held("an expired token is refused, an open call lives on")
def an_expired_token() -> Talk:
    granted = yield ask("auth.v1.tokens.grant", ttl_seconds=2)
    mine = {"access_token": granted.access_token}
    call: Call = yield connect("listen.v1", client=mine, **NOVA)
    yield Pause(2.2)
    raised = yield refused(connect("listen.v1", client=mine, **NOVA))

    assert read(raised).status == 401
    assert not call.is_over, call.told()


@held("sees a 400 for utterance_end_ms=999")
def utterance_end() -> Talk:
    """deepgram-python-sdk#279, to the letter."""
    raised = yield refused(connect("listen.v1", **NOVA, interim_results="true", utterance_end_ms=999))

    message = "Invalid 'utterance_end_ms' value of '999'."
    refusal = read(raised)
    assert_in_its_own_words(refusal, 400, "INVALID_QUERY_PARAMETER", message)
    assert refusal.headers["content-length"] == "145"


@held("sees a 400 for what the model does not know")
def the_wrong_question() -> Talk:
    for wrong in (
        {"interim_results": "True"},
        {"keywords": "deadair:2"},
        {"model": "nova-33"},
        {"sample_rate": 0},
        {"redact": "everything"},
    ):
        raised = yield refused(connect("listen.v1", **{**NOVA, **wrong}))
        refusal = read(raised)
        assert refusal.status == 400, wrong
        assert refusal.headers["dg-error"]


@held("sees a 403 for a custom model")
def a_custom_model() -> Talk:
    raised = yield refused(connect("listen.v1", **{**NOVA, "model": "0b1b2a3c-0000-4000-8000-000000000000"}))

    message = "Project does not have access to the requested model."
    assert_in_its_own_words(read(raised), 403, "INSUFFICIENT_PERMISSIONS", message)


@held("Flux: sees a 400 for a parameter it does not know")
def unknown_parameter() -> Talk:
    more = {"additional_query_parameters": {"channels": 1}}
    raised = yield refused(connect("listen.v2", **{**NOVA, "model": "flux-general-en"}, request_options=more))

    message = "Unknown query parameters: channels"
    assert_in_its_own_words(read(raised), 400, "INVALID_QUERY_PARAMETER", message)


@held("a parameter that Nova does not know is let through")
def unknown_parameter_of_nova() -> Talk:
    call: Call = yield connect(
        "listen.v1", **NOVA, request_options={"additional_query_parameters": {"speech_final": "true"}}
    )
    yield Pause(0.1)

    assert not call.is_over


@held("sees a 402")
def no_credit() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do="quota")
    raised = yield refused(connect("listen.v1", **NOVA))

    message = "Project does not have enough credits for an ASR request and does not have an overage agreement."
    assert_in_its_own_words(read(raised), 402, "ASR_PAYMENT_REQUIRED", message)
    assert not call.is_over


@held("sees a 429")
def too_many_requests() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do="rate_limited")
    raised = yield refused(connect("listen.v1", **NOVA))
    again: Call = yield connect("listen.v1", **NOVA)

    message = "Too many requests. Please try again later"
    assert_in_its_own_words(read(raised), 429, "TOO_MANY_REQUESTS", message)
    assert not call.is_over
    assert not again.is_over


@held("sees a 429 for one stream too many", settings={"concurrent_max": 2})
def one_stream_too_many() -> Talk:
    """A slot is free again once its stream was closed in order."""
    first: Call = yield connect("listen.v1", **NOVA)
    yield connect("listen.v1", **NOVA)
    raised = yield refused(connect("listen.v1", **NOVA))
    yield first.does("send_close_stream")
    yield first.ends()
    yield connect("listen.v1", **NOVA)

    message = "Too many requests. Please try again later"
    assert_in_its_own_words(read(raised), 429, "TOO_MANY_REQUESTS", message)


@held("sees a 429 for a stream that is gone", settings={"concurrent_max": 1, "stale_slot_s": 2.0})
def a_stale_slot() -> Talk:
    """deepgram-python-sdk#726: a stream that ended without CloseStream counts for a while."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.leaves()
    raised = yield refused(connect("listen.v1", **NOVA))
    yield Pause(2.2)
    yield connect("listen.v1", **NOVA)

    assert read(raised).status == 429


@held("sees Retry-After")
def retry_after() -> Talk:
    yield Trouble(do={"refuse_upgrade": {"status": 429, "retry_after_s": 3}}, on="next", times=1)
    in_seconds = yield refused(connect("listen.v1", **NOVA))
    yield Trouble(do={"refuse_upgrade": {"status": 429, "retry_after_s": 3, "form": "header-ms"}}, on="next", times=1)
    in_milliseconds = yield refused(connect("listen.v1", **NOVA))
    yield Trouble(do={"refuse_upgrade": {"status": 429, "retry_after_s": 3, "form": "header-date"}}, on="next", times=1)
    at_a_date = yield refused(connect("listen.v1", **NOVA))

    assert read(in_seconds).headers["retry-after"] == "3"
    assert read(in_milliseconds).headers["retry-after-ms"] == "3000"
    assert read(at_a_date).headers["retry-after"].endswith("GMT")


def _sees(status: int, code: str, message: str) -> None:
    @held(f"sees a {status}" if status not in (402, 429) else f"sees a {status} at the door")
    def sees_a_status() -> Talk:
        yield Trouble(do={"refuse_upgrade": {"status": status}}, on="next", times=1)
        raised = yield refused(connect("listen.v1", **NOVA))
        call: Call = yield connect("listen.v1", **NOVA)

        assert_in_its_own_words(read(raised), status, code, message)
        assert not call.is_over


_sees(401, "INVALID_AUTH", NO_KEY)
_sees(403, "INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model.")
_sees(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later")
_sees(500, "Internal Server Error", "Internal Server Error")
_sees(502, "Bad Gateway", "Bad Gateway")
_sees(503, "Service Unavailable", "Please try again later")


@held("sees an upgrade that is never answered", transports=("virtual",))
def never_answered() -> Talk:
    """10 s to open, and for the async client 10 s more to close (deepgram-sdk 6.1.1 and 7.17.0, websockets 17.4)."""
    yield Trouble(do={"stall": {"phase": "tcp"}}, on="next", times=1)
    began_s = yield Clock()
    raised = yield refused(connect("listen.v1", **NOVA))
    lasted_s = (yield Clock()) - began_s

    assert type(raised) is TimeoutError, repr(raised)
    assert abs(lasted_s - 20) < 0.2, lasted_s
