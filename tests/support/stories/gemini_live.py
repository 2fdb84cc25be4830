"""True conversations with the Gemini Live mock, without a network: together they hear everything that it can say."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Request, Send
from mock_servers.base.trouble import FailResponse
from mock_servers.gemini_live import GeminiLive
from mock_servers.gemini_live.settings import Settings
from tests.support.gemini_story import PATH, Call, gemini, upgrade

__all__ = ["STORIES"]

VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
LIVE_3_1 = "models/gemini-3.1-flash-live-preview"
LIVE_3_8 = "models/gemini-3.8-live"
EXTENDED_3_8 = "models/gemini-3.8-live-extended-thinking"
TRANSLATE = "models/gemini-3.5-live-translate-preview"
HALF_CASCADE = "models/gemini-2.0-flash-live-001"
WEATHER = [{"functionDeclarations": [{"name": "weather"}]}]
WEATHER_ON = [{"functionDeclarations": [{"name": "weather", "behavior": "NON_BLOCKING"}]}]
TRANSCRIBED = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
IN_DETAIL = {"languageCodes": ["en-US"], "wordTimestamp": True, "diarization": True}
IMAGE = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": base64.b64encode(b"\xff\xd8\xff\xd9").decode()}}}


def call(**settings: Any) -> Call:
    return Call(gemini(turns=("one two three four five six", "seven eight"), **settings))


def vertex(**settings: Any) -> Call:
    return Call(gemini(**settings), request=upgrade(VERTEX, key="", authorization="Bearer token"))


def types(on: Call, text: str) -> Call:
    """In the way that every generation takes."""
    return on.sends({"realtimeInput": {"text": text}})


def returns(on: Call, output: str, **fields: Any) -> Call:
    """The result of the function that was called last."""
    called = on.all("toolCall", "functionCalls")[-1][-1]
    result = {"id": called["id"], "name": called["name"], "response": {"output": output}, **fields}
    return on.sends({"toolResponse": {"functionResponses": [result]}})


# ── turns ────────────────────────────────────────────────────────────────────


def a_spoken_turn() -> Call:
    return call().sets_up(**TRANSCRIBED, sessionResumption={}).speaks(1.0).is_silent(4.0)


def a_written_turn() -> Call:
    return call().sets_up(generationConfig={"responseModalities": ["TEXT"]}).types("hello").waits(1.0)


def a_turn_that_the_client_tells() -> Call:
    manual = {"automaticActivityDetection": {"disabled": True}}
    on = call().sets_up(realtimeInputConfig=manual, **TRANSCRIBED).sends({"realtimeInput": {"activityStart": {}}})
    return on.speaks(0.6).sends({"realtimeInput": {"activityEnd": {}}}).waits(3.0)


def words_with_their_times() -> Call:
    on = call().sets_up(inputAudioTranscription=IN_DETAIL, outputAudioTranscription=IN_DETAIL)
    return on.speaks(1.0).is_silent(4.0)


def the_caller_interrupts() -> Call:
    return call().sets_up(**TRANSCRIBED).types("hello").waits(0.5).speaks(0.6).is_silent(3.0)


def the_caller_is_not_done() -> Call:
    return types(call().sets_up(proactivity={"proactiveAudio": True}), "what I wanted to say,").waits(1.0)


def the_caller_shows_something() -> Call:
    proactivity = {"proactiveAudio": True, "proactiveVideo": True}
    return call().sets_up(proactivity=proactivity).sends(IMAGE).waits(4.0)


def an_answer_fails() -> Call:
    on = call().sets_up().types("hello").waits(0.4).troubles(FailResponse(code="GENERATED_AUDIO_SAFETY"))
    return on.types("again").waits(4.0)


def thoughts_are_shown() -> Call:
    config = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 512}}
    return call().sets_up(generationConfig=config).types("hello").waits(4.0)


def a_voice_that_was_agreed_to() -> Call:
    data = base64.b64encode(b"RIFF").decode()
    voice = {"replicatedVoiceConfig": {"mimeType": "audio/wav", "voiceSampleAudio": data, "consentAudio": data}}
    return call().sets_up(generationConfig={"speechConfig": {"voiceConfig": voice}}).types("hello").waits(4.0)


# ── functions and tools ──────────────────────────────────────────────────────


def a_function_is_waited_for() -> Call:
    return returns(call().sets_up(tools=WEATHER).types("call weather").waits(1.0), "21 degrees").waits(4.0)


def a_function_is_cancelled() -> Call:
    return call().sets_up(tools=WEATHER).types("call weather").waits(1.0).speaks(0.4).is_silent(4.0)


def a_function_is_announced_as_code() -> Call:
    on = call(speaks_after_call=True).sets_up(model=HALF_CASCADE, tools=WEATHER).types("call weather").waits(1.0)
    return returns(on, "21 degrees").waits(4.0)


def a_function_runs_on() -> Call:
    on = call().sets_up(tools=WEATHER_ON).types("call weather").waits(6.0)
    returns(on, "wait", scheduling="SILENT", willContinue=True).waits(1.0)
    returns(on, "20 degrees", scheduling="WHEN_IDLE", willContinue=True).waits(0.5)
    return returns(on, "21 degrees", scheduling="INTERRUPT").waits(6.0)


def asked_with(tool: dict[str, Any], text: str, on: Call | None = None) -> Call:
    return (on or call()).sets_up(tools=[tool]).types(text).waits(4.0)


def google_is_searched() -> Call:
    tool = {"googleSearch": {"searchTypes": {"webSearch": {}, "imageSearch": {}}}}
    return asked_with(tool, "search for the height of the Zugspitze")


def vertex_searches_google() -> Call:
    return asked_with({"enterpriseWebSearch": {}}, "search for the height of the Zugspitze", vertex())


def google_is_searched_if_need_be() -> Call:
    return asked_with({"googleSearchRetrieval": {}}, "search for the height of the Zugspitze")


def a_place_is_found() -> Call:
    return asked_with({"googleMaps": {"enableWidget": True}}, "where is the Zugspitze?")


def vertex_finds_a_way() -> Call:
    return asked_with({"googleMaps": {}}, "what is the way to the Zugspitze?", vertex())


def vertex_searches_documents() -> Call:
    return asked_with({"retrieval": {"vertexAiSearch": {"datastore": "d"}}}, "search for the contract", vertex())


def files_are_searched() -> Call:
    return asked_with({"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/1"]}}, "search for the contract")


def pages_are_read() -> Call:
    urls = (
        "https://example.com/a",
        "https://nowhere.invalid/b",
        "https://paywall.example/c",
        "https://unsafe.example/d",
    )
    return asked_with({"urlContext": {}}, f"compare {' '.join(urls)}")


def gemini_3_1_searches() -> Call:
    return types(call().sets_up(model=LIVE_3_1, tools=[{"googleSearch": {}}]), "search for the Zugspitze").waits(4.0)


def code_is_run() -> Call:
    on = asked_with({"codeExecution": {}}, "compute 6 * 7")
    return on.types("compute 1 / 0").waits(4.0).types("compute 9 ** 999999").waits(4.0)


# ── sessions ─────────────────────────────────────────────────────────────────


def a_session_is_taken_up_again() -> Call:
    on = call().sets_up(sessionResumption={}).types("hello").waits(4.0)
    again = on.redials(sessionResumption={"handle": on.handle}).types("again").waits(4.0)
    again.sent[:0] = on.sent
    return again


def a_connection_ends() -> Call:
    return call(time_scale=0.01).sets_up(sessionResumption={}).types("hello").waits(7.0)


def vertex_from_end_to_end() -> Call:
    setup = {"explicitVadSignal": True, "sessionResumption": {"transparent": True}, "tools": WEATHER, **TRANSCRIBED}
    on = vertex(vad_signal=True).sets_up(**setup).speaks(0.6).is_silent(4.0).types("call weather").waits(1.0)
    return returns(on, "21 degrees").waits(4.0)


def a_token_constrains_a_session() -> Call:
    vendor = gemini()
    setup = {"model": "models/gemini-2.5-flash-live", "outputAudioTranscription": {}}
    body = json.dumps({"uses": 1, "bidiGenerateContentSetup": setup}).encode()
    headers = (("x-goog-api-key", "good"),)
    made = vendor.asked(Request(method="POST", path="/v1alpha/auth_tokens", headers=headers, body=body), 0.0)
    assert isinstance(made, Answer)
    name = json.loads(made.body[0].data)["name"]
    path = PATH.replace("v1beta", "v1alpha") + "Constrained"
    return (
        Call(vendor, request=upgrade(path, key=name, authorization=f"Token {name}")).sets_up().types("hello").waits(4.0)
    )


# ── generations ──────────────────────────────────────────────────────────────


def gemini_3_1() -> Call:
    thinking = {"thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"}}
    setup = {"historyConfig": {"initialHistoryInClientContent": True}, "generationConfig": thinking, **TRANSCRIBED}
    return types(call().sets_up(model=LIVE_3_1, **setup).types("before"), "hello").waits(4.0)


def gemini_3_8() -> Call:
    timed = {"interimTranscriptTimestampEnabled": True}
    on = call().sets_up(model=LIVE_3_8, realtimeInputConfig=timed, tools=WEATHER, **TRANSCRIBED)
    return types(on.speaks(1.0).is_silent(4.0), "call weather").waits(6.0)


def gemini_3_8_reasons_on() -> Call:
    on = types(call().sets_up(model=EXTENDED_3_8, tools=WEATHER, sessionResumption={}), "hello").waits(8.0)
    return returns(types(on, "call weather").waits(5.0), "21 degrees").waits(8.0)


def speech_is_translated() -> Call:
    config = {"translationConfig": {"targetLanguageCode": "pl", "echoTargetLanguage": True}}
    on = call().sets_up(model=TRANSLATE, generationConfig=config, sessionResumption={}, **TRANSCRIBED)
    return on.speaks(1.0).is_silent(6.0)


# ── rest ─────────────────────────────────────────────────────────────────────


def generated(method: str) -> list[Send]:
    """The answer over HTTP, a message for each JSON value in it."""
    vendor = GeminiLive(Conversation(seed=7, turns=("one two three four five six",)), settings=Settings())
    body = json.dumps({"contents": [{"parts": [{"text": "hello"}]}]}).encode()
    path = f"/v1beta/models/gemini-2.5-flash:{method}"
    query = (("alt", "sse"),) if method.startswith("stream") else ()
    answer = vendor.asked(
        Request(method="POST", path=path, query=query, headers=(("x-goog-api-key", "good"),), body=body), 0.0
    )
    assert isinstance(answer, Answer)
    payloads = [chunk.data.removeprefix(b"data: ").strip() for chunk in answer.body]
    return [Send(name=method, payload=payload, body=json.loads(payload)) for payload in payloads]


_CALLS = (
    a_spoken_turn, a_written_turn, a_turn_that_the_client_tells, words_with_their_times, the_caller_interrupts,
    the_caller_is_not_done, the_caller_shows_something, an_answer_fails, thoughts_are_shown, a_voice_that_was_agreed_to,
    a_function_is_waited_for, a_function_is_cancelled, a_function_is_announced_as_code, a_function_runs_on,
    google_is_searched, vertex_searches_google, google_is_searched_if_need_be, a_place_is_found, vertex_finds_a_way, vertex_searches_documents,
    files_are_searched, pages_are_read, code_is_run, a_session_is_taken_up_again, a_connection_ends, vertex_from_end_to_end,
    a_token_constrains_a_session, gemini_3_1, gemini_3_1_searches, gemini_3_8, gemini_3_8_reasons_on, speech_is_translated,
)  # fmt: skip


def _told(story: Callable[[], Call]) -> Callable[[], list[Send]]:
    return lambda: list(story().sent)


STORIES: dict[str, Callable[[], list[Send]]] = {
    **{story.__name__.replace("_", " "): _told(story) for story in _CALLS},
    "content is generated": lambda: generated("generateContent"),
    "content is streamed": lambda: generated("streamGenerateContent"),
}
"""Each plays a conversation and gives every message that the mock sent in it, in order. Messages over HTTP are those whose
names are methods: `generateContent` and `streamGenerateContent`."""
