"""Every action, as it may be written and what it comes to."""

from pathlib import Path
from typing import Any, get_args

import pytest

from harness.scenario import model
from harness.scenario.actions import BAD_FRAMES, FORMS, PHASES, STREAMS, TLS_FAULTS, WORDS
from harness.scenario.model import Action, Http, ToxicAction
from tests.support.scenarios import case_of, fault_of, scenario


def toxic(type_: str, attributes: dict[str, int], **more: Any) -> ToxicAction:
    return ToxicAction.model_validate({"type": type_, "attributes": attributes, **more})


ACCEPTED: list[tuple[str, str, Action]] = [
    ("reset", "openai-realtime", model.Reset()),
    ("{reset: true}", "openai-realtime", model.Reset()),
    ("{reset}", "openai-realtime", model.Reset()),
    ("drop", "openai-realtime", model.Drop()),
    ("refuse", "openai-realtime", model.Refuse()),
    ("down", "openai-realtime", model.Down()),
    ("blackhole", "openai-realtime", model.Blackhole()),
    ("{latency: 400ms}", "deepgram", toxic("latency", {"latency": 400, "jitter": 0})),
    (
        "{latency: 400ms, jitter: 150ms, stream: down, toxicity: 30%}",
        "deepgram",
        toxic("latency", {"latency": 400, "jitter": 150}, stream="down", toxicity=0.3),
    ),
    ("{bandwidth: 64KB/s}", "deepgram", toxic("bandwidth", {"rate": 64})),
    ("{bandwidth: 1.5MB/s, stream: up}", "deepgram", toxic("bandwidth", {"rate": 1500}, stream="up")),
    (
        "{slicer: {average: 64B}}",
        "deepgram",
        toxic("slicer", {"average_size": 64, "size_variation": 0, "delay": 0}),
    ),
    (
        "{slicer: {average: 1KB, variation: 100B, delay: 10ms}, stream: both}",
        "deepgram",
        toxic("slicer", {"average_size": 1000, "size_variation": 100, "delay": 10_000}),
    ),
    ("{slow_close: 1s}", "deepgram", toxic("slow_close", {"delay": 1000})),
    ("{timeout: 1s}", "deepgram", toxic("timeout", {"timeout": 1000})),
    ("{timeout: 0ms}", "deepgram", toxic("timeout", {"timeout": 0})),
    ("{reset_peer: 0ms}", "deepgram", toxic("reset_peer", {"timeout": 0})),
    ("{limit_data: 300B}", "deepgram", toxic("limit_data", {"bytes": 300})),
    ("{http: 503}", "gemini-live", Http(status=503)),
    (
        "{http: 429, retry_after: 3s, form: header-date, body: {a: [1, x]}, headers: {x-id: 7}}",
        "gemini-live",
        Http(status=429, retry_after_us=3_000_000, form="header-date", body={"a": [1, "x"]}, headers={"x-id": "7"}),
    ),
    ("{stall: tcp}", "gemini-live", model.Stall(phase="tcp")),
    ("{close: 1011}", "gemini-live", model.CloseFrame(code=1011)),
    ("{close: 4000, reason: bye}", "gemini-live", model.CloseFrame(code=4000, reason="bye")),
    ("{close: none}", "gemini-live", model.CloseFrame(code=None)),
    ("{close: 1000, never_answer: true}", "gemini-live", model.CloseFrame(code=1000, never_answer=True)),
    ("{frame: masked}", "gemini-live", model.BadFrame(frame="masked")),
    ("mute_pings", "gemini-live", model.MutePings()),
    ("{mute_pings: true}", "gemini-live", model.MutePings()),
    ("{delay_pongs: 25s}", "gemini-live", model.DelayPongs(delay_us=25_000_000)),
    ("stop_reading", "gemini-live", model.StopReading()),
    ("{send: goAway}", "gemini-live", model.Send(message="goAway")),
    ("{send: server.goAway}", "gemini-live", model.Send(message="goAway")),
    (
        '{send: {type: error, code: null, n: 1.5, text: "true"}}',
        "openai-realtime",
        model.Send(message={"type": "error", "code": None, "n": 1.5, "text": "true"}),
    ),
    ("{error: server_error}", "openai-realtime", model.ErrorEvent(code="server_error")),
    ("{error: net0001}", "deepgram", model.ErrorEvent(code="net0001")),
    ("{fail_response: speak:503}", "deepgram", model.FailResponse(code="speak:503")),
    ("{go_away: 10s}", "gemini-live", model.GoAway(time_left_us=10_000_000)),
    ("session_expired", "openai-realtime", model.SessionExpired()),
    ("rate_limited", "openai-realtime", model.RateLimited()),
    ("{rate_limited: 20s}", "openai-realtime", model.RateLimited(retry_after_us=20_000_000)),
    ("quota", "openai-realtime", model.Quota()),
    ("{quota: true}", "openai-realtime", model.Quota()),
    ("{fail_response: server_error}", "openai-realtime", model.FailResponse(code="server_error")),
    ("{withhold: server.Results}", "deepgram", model.Withhold(event="Results")),
    ("{garble: Results}", "deepgram", model.Garble(event="Results")),
    ("{duplicate: Results}", "deepgram", model.Duplicate(event="Results")),
    ("refuse_resume", "gemini-live", model.RefuseResume()),
    ("{refuse_resume: true}", "gemini-live", model.RefuseResume()),
    ("{reject: client.session.update}", "openai-realtime", model.Reject(message="session.update")),
    ("{tls: wrong-host}", "openai-realtime", model.Tls(fault="wrong-host")),
    ("rotate_key", "deepgram", model.RotateKey()),
]


@pytest.mark.parametrize(("do", "provider", "expected"), ACCEPTED, ids=[do for do, _, _ in ACCEPTED])
def test_an_action_comes_to_what_it_says(tmp_path: Path, do: str, provider: str, expected: Action):
    assert fault_of(tmp_path, f"{{at: 1s, do: {do}}}", provider=provider).do == expected


def test_an_action_reads_alike_in_block_style(tmp_path: Path):
    block = "faults:\n  - at: 1s\n    do:\n      latency: 400ms\n      jitter: 150ms\n"

    assert case_of(tmp_path, scenario(block)).faults[0].do == toxic("latency", {"latency": 400, "jitter": 150})


def test_every_action_of_the_model_can_be_written():
    written = {type(action) for _, _, action in ACCEPTED}

    assert written == set(Action.__subclasses__())
    assert set(WORDS) == {do.strip("{}").split(":")[0] for do, _, _ in ACCEPTED}


def test_every_example_that_a_message_gives_is_accepted(tmp_path: Path):
    for word in WORDS.values():
        provider = "openai-realtime" if "openai-realtime" in word.providers else word.providers[0]
        example = word.example.replace("<server message>", "error").replace("<client message>", "session.update")

        assert fault_of(tmp_path, f"{{at: 1s, do: {example}}}", provider=provider)


@pytest.mark.parametrize(
    ("cls", "field", "said"),
    [
        (model.Http, "form", FORMS),
        (model.Stall, "phase", PHASES),
        (model.BadFrame, "frame", BAD_FRAMES),
        (model.Tls, "fault", TLS_FAULTS),
        (model.ToxicAction, "stream", STREAMS),
    ],
)
def test_the_words_that_are_read_are_those_of_the_model(cls: type[Action], field: str, said: tuple[str, ...]):
    assert said == get_args(cls.model_fields[field].annotation)


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999])
def test_a_close_code_that_may_be_sent_is_accepted(tmp_path: Path, code: int):
    assert fault_of(tmp_path, f"{{at: 1s, do: {{close: {code}}}}}").do == model.CloseFrame(code=code)


def test_a_reason_may_fill_the_frame(tmp_path: Path):
    do = fault_of(tmp_path, f"{{at: 1s, do: {{close: 1011, reason: {'x' * 123}}}}}").do

    assert isinstance(do, model.CloseFrame)
    assert len(do.reason) == 123
