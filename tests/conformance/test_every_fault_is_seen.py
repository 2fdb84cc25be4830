"""Every action above TCP that a scenario can name: a raw client saw it on the wire, exactly as the format describes it.

What concerns upgrade, frames and TLS is the same for every provider and seen where those servers are tested (`ELSEWHERE`);
what a provider says in its own words is seen here, from the scenario's words to the client's socket, for each provider
that has it (`SIGHTS`). An action that is in neither fails `test_no_action_is_left_unseen`. TCP is in `test_data_path`.
"""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.runner import registry
from harness.runner.recorder import Recorder
from harness.runner.wire import Wire
from harness.scenario.actions import BAD_FRAMES, FORMS, PHASES, TLS_FAULTS, WORDS
from harness.scenario.model import Action, AnyAction, Case, ProviderName
from harness.trace import Event
from harness.trace.query import has_fields
from mock_servers.base import trouble
from tests.support.scenarios import case_of, scenario

ROOT = Path(__file__).parent.parent.parent

IN_TROUBLE = "tests/mock_servers/base/test_trouble.py::"
IN_TLS = "tests/mock_servers/base/test_tls.py::"
IN_KEYS = "tests/mock_servers/base/test_expired_keys.py::"

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "http": (
        f"{IN_TROUBLE}test_a_refused_upgrade_has_the_vendors_own_body",
        f"{IN_TROUBLE}test_a_refusal_may_have_a_body_and_headers_of_its_own",
        f"{IN_TROUBLE}test_a_refusal_for_two_times_lets_the_third_in",
        f"{IN_TROUBLE}test_a_lifted_refusal_lets_the_next_in",
    ),
    "http header-seconds": (f"{IN_TROUBLE}test_a_refusal_tells_its_wait_in_seconds",),
    "http header-date": (f"{IN_TROUBLE}test_a_refusal_tells_its_wait_as_a_date_that_is_not_too_early",),
    "http header-ms": (f"{IN_TROUBLE}test_a_refusal_tells_its_wait_in_milliseconds",),
    "http none": (f"{IN_TROUBLE}test_a_refusal_may_keep_its_wait_to_itself",),
    "stall tcp": (f"{IN_TROUBLE}test_a_stall_at_tcp_never_answers",),
    "stall upgrade": (
        f"{IN_TROUBLE}test_a_stall_after_the_upgrade_says_nothing",
        f"{IN_TROUBLE}test_a_stall_after_the_upgrade_answers_no_ping",
    ),
    "stall ready": (
        f"{IN_TROUBLE}test_a_stall_before_ready_answers_pings",
        f"{IN_TROUBLE}test_a_stall_before_ready_says_no_message",
    ),
    "rotate_key": (
        f"{IN_KEYS}test_openai_lets_in_and_says_that_the_key_is_wrong",
        f"{IN_KEYS}test_gemini_lets_in_and_closes",
        f"{IN_KEYS}test_deepgram_answers_401",
    ),
    "close": (
        f"{IN_TROUBLE}test_live_connections_are_closed_with_code_and_reason",
        f"{IN_TROUBLE}test_a_close_without_a_status_is_1005",
        f"{IN_TROUBLE}test_after_a_close_that_never_answers_the_tcp_connection_stays",
    ),
    "frame truncated-json": (f"{IN_TROUBLE}test_a_truncated_message_is_no_json",),
    "frame binary-frame": (f"{IN_TROUBLE}test_a_binary_frame_is_64_bytes_of_nothing",),
    "frame wrong-utf8": (
        f"{IN_TROUBLE}test_a_text_that_is_not_utf_8_is_a_text_frame_all_the_same",
        f"{IN_TROUBLE}test_a_client_ends_the_connection_over_this_frame",
    ),
    "frame reserved-bits": (
        f"{IN_TROUBLE}test_reserved_bits_are_set_on_a_valid_message",
        f"{IN_TROUBLE}test_a_client_ends_the_connection_over_this_frame",
    ),
    "frame oversize": (f"{IN_TROUBLE}test_an_oversize_message_is_valid_and_longer_than_a_mebibyte",),
    "frame fragmented": (
        f"{IN_TROUBLE}test_a_fragmented_message_has_three_pieces_and_a_ping_between_them",
        f"{IN_TROUBLE}test_a_fragmented_message_is_valid_for_who_puts_it_together",
    ),
    "frame masked": (
        f"{IN_TROUBLE}test_a_masked_frame_is_a_valid_message_under_its_mask",
        f"{IN_TROUBLE}test_a_client_ends_the_connection_over_this_frame",
    ),
    "mute_pings": (f"{IN_TROUBLE}test_muted_pings_get_no_pong",),
    "delay_pongs": (f"{IN_TROUBLE}test_delayed_pongs_come_so_much_later",),
    "stop_reading": (f"{IN_TROUBLE}test_when_nobody_reads_a_clients_sends_back_up",),
    "tls expired": (f"{IN_TLS}test_an_expired_certificate_is_good_but_for_its_dates",),
    "tls wrong-host": (f"{IN_TLS}test_a_certificate_of_another_host_is_good_but_for_its_name",),
    "tls untrusted": (f"{IN_TLS}test_an_untrusted_certificate_is_good_but_for_its_authority",),
    "tls stall": (f"{IN_TLS}test_a_stalled_handshake_is_silence",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a client sees that says `says` once the fault has begun.

    `hears` are parts of messages that come in this order, and others may come between; `never` are names of messages that do
    not come; `unreadable` counts the messages that are no JSON. `closed` is the server's close frame; None: it stays open.
    """

    provider: ProviderName
    fault: str
    says: tuple[dict[str, Any], ...] = ()
    hears: tuple[dict[str, Any], ...] = ()
    never: tuple[str, ...] = ()
    unreadable: int = 0
    closed: tuple[int, str] | None = None
    on: str = "live"
    setup: Mapping[str, Any] = field(default_factory=dict)


ASKS = (
    {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
    },
    {"type": "response.create", "response": {"output_modalities": ["text"]}},
)
ASKS_GEMINI = ({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "hello"}]}], "turnComplete": True}},)
IS_DONE = ({"type": "CloseStream"},)
NET0001 = "Deepgram did not receive audio data or a text message within the timeout window. See https://dpgr.am/net0001"
IDLE = (1011, NET0001)
"""How Deepgram ends a connection on which nothing is said for 12 s: these tests listen for longer."""

SIGHTS = (
    Sight(provider="openai-realtime", fault="{send: response.done}", hears=({"type": "response.done"},)),
    Sight(
        provider="openai-realtime",
        fault="{send: {type: from_the_future, number: 7}}",
        hears=({"type": "from_the_future", "number": 7},),
    ),
    Sight(
        provider="openai-realtime",
        fault="{error: server_error}",
        hears=({"type": "error", "error": {"type": "server_error"}},),
    ),
    Sight(
        provider="openai-realtime",
        fault="session_expired",
        hears=({"type": "error", "error": {"code": "session_expired"}},),
        closed=(1001, "Your session hit the maximum duration of 60 minutes."),
    ),
    Sight(
        provider="openai-realtime",
        fault="{rate_limited: 20s}",
        hears=({"type": "error", "error": {"code": "rate_limit_exceeded"}},),
    ),
    Sight(
        provider="openai-realtime",
        fault="quota",
        hears=({"type": "error", "error": {"code": "insufficient_quota"}},),
        closed=(3000, "insufficient_quota.insufficient_quota"),
    ),
    Sight(
        provider="openai-realtime",
        fault="{fail_response: server_error}",
        says=ASKS,
        hears=(
            {"type": "response.created"},
            {"type": "response.done", "response": {"status": "failed", "status_details": {"type": "failed"}}},
        ),
    ),
    Sight(
        provider="openai-realtime",
        fault="{withhold: response.created}",
        says=ASKS,
        hears=({"type": "response.output_item.added"}, {"type": "response.done"}),
        never=("response.created",),
    ),
    Sight(
        provider="openai-realtime",
        fault="{garble: response.created}",
        says=ASKS,
        hears=({"type": "response.output_item.added"}, {"type": "response.done"}),
        never=("response.created",),
        unreadable=1,
    ),
    Sight(
        provider="openai-realtime",
        fault="{duplicate: response.created}",
        says=ASKS,
        hears=({"type": "response.created"}, {"type": "response.created"}, {"type": "response.done"}),
    ),
    Sight(
        provider="openai-realtime",
        fault="{reject: session.update}",
        says=({"type": "session.update", "session": {"type": "realtime"}},),
        hears=({"type": "error"},),
        never=("session.updated",),
    ),
    Sight(provider="gemini-live", fault="{send: goAway}", hears=({"goAway": {}},)),
    Sight(provider="gemini-live", fault="{error: UNAVAILABLE}", closed=(1011, "The service is currently unavailable.")),
    Sight(
        provider="gemini-live",
        fault="session_expired",
        closed=(1011, "Deadline expired before operation could complete."),
    ),
    Sight(
        provider="gemini-live",
        fault="{go_away: 10s}",
        hears=({"goAway": {"timeLeft": "10s"}},),
        closed=(
            1008,
            "Connection aborted because the client failed to close the connection after receiving a GoAway signal "
            "once the session durat",
        ),
    ),
    Sight(
        provider="gemini-live",
        fault="{rate_limited: 20s}",
        closed=(1011, "Resource has been exhausted (e.g. check quota)."),
    ),
    Sight(
        provider="gemini-live",
        fault="quota",
        closed=(1011, "You exceeded your current quota, please check your plan and billing details."),
    ),
    Sight(
        provider="gemini-live",
        fault="{fail_response: UNAVAILABLE}",
        says=ASKS_GEMINI,
        closed=(1011, "The service is currently unavailable."),
    ),
    Sight(provider="gemini-live", fault="{withhold: serverContent}", says=ASKS_GEMINI, never=("serverContent",)),
    Sight(
        provider="gemini-live",
        fault="{garble: setupComplete}",
        on="next",
        never=("setupComplete",),
        unreadable=1,
    ),
    Sight(
        provider="gemini-live",
        fault="{duplicate: setupComplete}",
        on="next",
        hears=({"setupComplete": {}}, {"setupComplete": {}}),
    ),
    Sight(
        provider="gemini-live",
        fault="{reject: clientContent}",
        says=ASKS_GEMINI,
        closed=(1007, "Request contains an invalid argument."),
    ),
    Sight(
        provider="gemini-live",
        fault="refuse_resume",
        on="next",
        setup={"sessionResumption": {"handle": "an old one"}},
        never=("setupComplete",),
        closed=(1008, "BidiGenerateContent session not found"),
    ),
    Sight(provider="deepgram", fault="{send: UtteranceEnd}", hears=({"type": "UtteranceEnd"},), closed=IDLE),
    Sight(provider="deepgram", fault="{error: net0001}", hears=({"type": "Metadata"},), closed=IDLE),
    Sight(provider="deepgram", fault="{error: DATA-0000}", closed=(1008, "DATA-0000")),
    Sight(
        provider="deepgram",
        fault="{error: SchemaError}",
        hears=({"type": "Error", "variant": "SchemaError"},),
        closed=IDLE,
    ),
    Sight(provider="deepgram", fault="{withhold: Metadata}", says=IS_DONE, never=("Metadata",), closed=(1000, "")),
    Sight(
        provider="deepgram",
        fault="{garble: Metadata}",
        says=IS_DONE,
        never=("Metadata",),
        unreadable=1,
        closed=(1000, ""),
    ),
    Sight(
        provider="deepgram",
        fault="{duplicate: Metadata}",
        says=IS_DONE,
        hears=({"type": "Metadata"}, {"type": "Metadata"}),
        closed=(1000, ""),
    ),
    Sight(
        provider="deepgram",
        fault="{reject: KeepAlive}",
        says=({"type": "KeepAlive"},),
        hears=({"type": "Error", "variant": "SchemaError"},),
        closed=IDLE,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What Deepgram answers to the next upgrade (`listen`) and the next REST call (`speak`) under this fault: there its
    trouble with accounts and responses shows. None: as if nothing were wrong."""

    fault: str
    listen: int | None
    speak: int
    err_code: str


REFUSALS = (
    Refusal(fault="{rate_limited: 20s}", listen=429, speak=429, err_code="TOO_MANY_REQUESTS"),
    Refusal(fault="quota", listen=402, speak=402, err_code="ASR_PAYMENT_REQUIRED"),
    Refusal(fault="{fail_response: 'speak:503'}", listen=None, speak=503, err_code="Service Unavailable"),
)

QUERIES = {
    "openai-realtime": "?model=gpt-realtime",
    "gemini-live": "?key=any",
    "deepgram": "?model=nova-3&encoding=linear16&sample_rate=16000",
}
SETUP = {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"}
AUTHORIZED = {"authorization": "Bearer any"}

LISTENS_S = 30.0
"""Longer than any of these answers takes, and than what is left of a goAway."""


# ── a client that sees everything ────────────────────────────────────────────


@dataclass(slots=True)
class Seen:
    messages: list[dict[str, Any]] = field(default_factory=list)
    unreadable: int = 0
    closed: tuple[int, str] | None = None

    @property
    def names(self) -> list[str]:
        """What each message is called: its `type`, or where it has none every field of it."""
        return [name for message in self.messages for name in ([message["type"]] if "type" in message else message)]


@asynccontextmanager
async def mocks_of(case: Case) -> AsyncIterator[dict[str, registry.Mock]]:
    wire = Wire(Recorder(now_us=lambda: 0), endpoint=registry.SESSION)
    mocks = registry.mocks(case, seed=0, wire=wire)
    for mock in mocks.values():
        await mock.start()
    try:
        yield mocks
    finally:
        for mock in mocks.values():
            await mock.aclose()


def dialled(mock: registry.Mock, provider: str) -> connect:
    url = mock.url_at(("127.0.0.1", mock.port)) + QUERIES[provider]
    return connect(url, additional_headers=AUTHORIZED, proxy=None)


async def watched(websocket: ClientConnection) -> Seen:
    """All that comes until nothing has come for `LISTENS_S`, or the connection is closed."""
    seen = Seen()
    try:
        while True:
            async with asyncio.timeout(LISTENS_S):
                payload = await websocket.recv()
            try:
                seen.messages.append(json.loads(payload))
            except ValueError:
                seen.unreadable += 1
    except TimeoutError:
        pass
    except ConnectionClosed as closed:
        seen.closed = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (1006, "")
    return seen


def has(message: dict[str, Any], part: dict[str, Any]) -> bool:
    return has_fields(Event(at_us=0, kind="", connection=None, fields=message), part)


def in_order(parts: tuple[dict[str, Any], ...], messages: list[dict[str, Any]]) -> bool:
    left = iter(messages)
    return all(any(has(message, part) for message in left) for part in parts)


# ── seen ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: f"{sight.provider} {sight.fault}")
async def test_a_client_sees_the_providers_own_trouble(sight: Sight, tmp_path: Path) -> None:
    case = case_of(tmp_path, scenario(f"faults: [{{at: 1s, do: {sight.fault}}}]", provider=sight.provider))
    action = case.faults[0].do
    async with mocks_of(case) as mocks:
        mock = mocks[registry.SESSION]
        if sight.on == "next":
            mock.trouble(action, on="next", times=None)
        async with dialled(mock, sight.provider) as websocket:
            if sight.provider == "gemini-live":
                await websocket.send(json.dumps({"setup": SETUP | sight.setup}))
            if sight.on == "live":
                if sight.provider != "deepgram":
                    await websocket.recv()
                mock.trouble(action, on="live", times=None)
            for message in sight.says:
                await websocket.send(json.dumps(message))
            seen = await watched(websocket)

    assert in_order(sight.hears, seen.messages), seen
    assert not set(sight.never) & set(seen.names)
    assert seen.unreadable == sight.unreadable
    assert seen.closed == sight.closed


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.fault)
async def test_a_client_of_deepgram_sees_it_with_its_next_request(refusal: Refusal, tmp_path: Path) -> None:
    case = case_of(tmp_path, scenario(f"faults: [{{at: 1s, do: {refusal.fault}}}]", provider="deepgram"))
    async with (
        mocks_of(case) as mocks,
        httpx.AsyncClient(trust_env=False, headers=AUTHORIZED) as http,
        dialled(mocks[registry.SESSION], "deepgram"),
    ):
        mocks[registry.SESSION].trouble(case.faults[0].do, on="live", times=None)
        listen = await status_of_the_next(mocks[registry.SESSION])
        speak = f"http://127.0.0.1:{mocks[registry.REST].port}/v1/speak?model=aura-2-thalia-en"
        answer = await http.post(speak, json={"text": "hello"})

    assert listen == refusal.listen
    assert (answer.status_code, answer.json()["err_code"]) == (refusal.speak, refusal.err_code)


async def status_of_the_next(mock: registry.Mock) -> int | None:
    try:
        async with dialled(mock, "deepgram"):
            return None
    except InvalidStatus as refused:
        return refused.response.status_code


# ── from the scenario's words to the server's ────────────────────────────────


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "{http: 429, retry_after: 3s, form: header-ms, body: no, headers: {x-why: busy}}",
            trouble.RefuseUpgrade(
                status=429, retry_after_s=3.0, form="header-ms", body="no", headers={"x-why": "busy"}
            ),
        ),
        ("{http: 503}", trouble.RefuseUpgrade(status=503)),
        *((f"{{stall: {phase}}}", trouble.Stall(phase=phase)) for phase in PHASES),
        ('{close: 1011, reason: "bye"}', trouble.CloseConnection(code=1011, reason="bye")),
        ("{close: none}", trouble.CloseConnection(code=None)),
        ("{close: 1000, never_answer: true}", trouble.CloseConnection(code=1000, never_answer=True)),
        *((f"{{frame: {frame}}}", trouble.BadFrame(frame=frame)) for frame in BAD_FRAMES),
        ("mute_pings", trouble.MutePings()),
        ("{delay_pongs: 25s}", trouble.DelayPongs(delay_s=25.0)),
        ("stop_reading", trouble.StopReading()),
        ("{tls: stall}", trouble.Stall(phase="tls")),
        *((f"{{tls: {fault}}}", trouble.BadCertificate(kind=fault)) for fault in TLS_FAULTS if fault != "stall"),
    ],
)
async def test_an_action_is_ordered_as_it_is_written(written: str, meant: trouble.Trouble, tmp_path: Path) -> None:
    case = case_of(tmp_path, scenario("clock: real", f"faults: [{{at: 1s, do: {written}}}]"))
    async with mocks_of(case) as mocks:
        mocks[registry.SESSION].trouble(case.faults[0].do, on="all", times=None)

        assert [order.trouble for order in mocks[registry.SESSION].troubles] == [meant]


# ── nothing is left out ──────────────────────────────────────────────────────


def actions_above_tcp() -> dict[str, type[Action]]:
    union = get_args(AnyAction)[0]
    return {kind.model_fields["kind"].default: kind for kind in get_args(union) if kind.layer != "tcp"}


def kind_of(fault: str) -> str:
    return fault.strip("{}").partition(":")[0]


def test_the_actions_are_the_words_of_the_format() -> None:
    assert set(actions_above_tcp()) <= set(WORDS)


def test_no_action_is_left_unseen() -> None:
    choices = {"http": ("", *FORMS), "stall": PHASES, "frame": BAD_FRAMES, "tls": TLS_FAULTS}
    expected = {
        f"{kind} {choice}".strip()
        for kind, action in actions_above_tcp().items()
        if action.layer != "application"
        for choice in choices.get(kind, ("",))
    }

    assert set(ELSEWHERE) == expected


def test_no_action_of_a_provider_is_left_unseen() -> None:
    words = {kind for kind, action in actions_above_tcp().items() if action.layer == "application"}
    expected = {(provider, word) for word in words for provider in WORDS[word].providers}
    seen = {(sight.provider, kind_of(sight.fault)) for sight in SIGHTS}
    seen |= {("deepgram", kind_of(refusal.fault)) for refusal in REFUSALS}

    assert seen == expected


@pytest.mark.parametrize("test", sorted({test for tests in ELSEWHERE.values() for test in tests}))
def test_what_is_seen_elsewhere_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
