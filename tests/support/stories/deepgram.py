"""True conversations with the Deepgram mock's core: every kind of message of every path is sent for its own reason.

The first two words of a story's name are the path whose messages it has: `Warning`, `SpeechStarted` and others mean
something else on each.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from mock_servers.base.protocol import Answer, Request, Send
from tests.support.deepgram_story import KEY, Story, deepgram, listen_request, silence, speak_request, speech

__all__ = ["CALLS", "STORIES"]

CLOSE_STREAM = '{"type": "CloseStream"}'
FINALIZE = '{"type": "Finalize"}'
KEEP_ALIVE = '{"type": "KeepAlive"}'
FORCE_END_TURN = '{"type": "ForceEndTurn"}'
FLUSH, CLEAR, CLOSE = '{"type": "Flush"}', '{"type": "Clear"}', '{"type": "Close"}'

WAV_HEADER = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\xff\xff\xff\xff"
STREAMED = {"interim_results": "true", "vad_events": "true", "utterance_end_ms": "1000", "endpointing": "300"}


def flux(**query: str) -> Story:
    asked = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": "16000", **query}
    return Story(request=listen_request(asked, path="/v2/listen"))


def aura(**query: str) -> Story:
    asked = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": "16000", **query}
    return Story(request=listen_request(asked, path="/v1/speak"))


def flux_voice(**query: str) -> Story:
    asked = {"model": "flux-haley-en", "encoding": "linear16", "sample_rate": "16000", **query}
    return Story(request=listen_request(asked, path="/v2/speak"))


def speak(text: str) -> str:
    return json.dumps({"type": "Speak", "text": text})


def interrupt(at_ms: int | None = None) -> str:
    offset = {} if at_ms is None else {"playback_offset": {"type": "time_ms", "value": at_ms}}
    return json.dumps({"type": "Interrupt", **offset})


def configure(**fields: object) -> str:
    return json.dumps({"type": "Configure", **fields})


# ── /v1/listen ───────────────────────────────────────────────────────────────


def a_call() -> Story:
    story = Story({**STREAMED, "punctuate": "true"}).says(speech(0, 7) + silence(1.5) + speech(7, 8.2))
    return story.sends(FINALIZE).says(silence(0.5)).sends(KEEP_ALIVE).waits(4).sends(CLOSE_STREAM)


def many_languages() -> Story:
    query = {**STREAMED, "language": "multi", "language_hint": "en", "diarize": "true", "detect_entities": "true"}
    return Story(query).says(speech(0, 3) + silence(1)).sends(CLOSE_STREAM)


def two_channels() -> Story:
    left, right = speech(0, 3), silence(3)
    stereo = b"".join(left[at : at + 2] + right[at : at + 2] for at in range(0, len(left), 2))
    return Story({**STREAMED, "channels": "2", "multichannel": "true"}).says(stereo, speed=0.5).sends(CLOSE_STREAM)


def a_container() -> Story:
    story = Story(request=listen_request({"model": "nova-3", "interim_results": "true"}))
    return story.says(WAV_HEADER + speech(0, 2) + silence(1)).sends(CLOSE_STREAM)


def keyterms() -> Story:
    story = Story().sends(configure(keyterms=["snuffle"], features={"numerals": True})).sends(configure())
    story.sends(configure(keyterms=["word " * 501])).sends(speech(0, 5))
    return story.sends(configure(keyterms=["one"])).sends(configure(keyterms=["two"])).waits(10)


def keyterms_of_an_old_model() -> Story:
    return Story({"model": "nova-2"}).sends(configure(keyterms=["snuffle"]))


def a_text_that_is_no_message() -> Story:
    return Story().sends('{"type":"Bogus"}').sends("not json").says(speech(0, 1) + silence(0.5)).sends(CLOSE_STREAM)


def a_silent_client() -> Story:
    return Story(STREAMED).says(speech(0, 2)).waits(20)


def nothing_to_hear() -> Story:
    story = Story(request=listen_request({"model": "nova-3"}))
    for _ in range(4):
        story.says(b"\x1aE\xdf\xa3" * 100).waits(2).sends(KEEP_ALIVE)
    return story.waits(2)


# ── /v2/listen ───────────────────────────────────────────────────────────────


def turns() -> Story:
    story = flux().says(silence(0.5) + speech(0, 2) + silence(1) + speech(2, 3.5) + silence(0.2))
    return story.sends(CLOSE_STREAM)


def eager_turns() -> Story:
    story = flux(eager_eot_threshold="0.4", eot_threshold="0.9")
    return story.says(speech(0, 1.5) + silence(0.2) + speech(1.5, 3) + silence(1)).sends(CLOSE_STREAM)


def forced_turns() -> Story:
    story = flux(eot_threshold="1.0").sends(FORCE_END_TURN).says(speech(0, 1.5)).sends(FORCE_END_TURN)
    return story.says(speech(1.5, 3) + silence(1)).sends(CLOSE_STREAM)


def a_turn_that_times_out() -> Story:
    return flux(eot_threshold="1.0", eot_timeout_ms="500").says(speech(0, 1) + silence(1))


def thresholds() -> Story:
    story = flux(model="flux-general-multi", language_hint="en", keyterm="snuffle")
    story.sends(configure(thresholds={"eager_eot_threshold": 0.5, "eot_timeout_ms": 2000}, language_hints=["es", "en"]))
    story.says(speech(0, 1) + silence(0.5)).sends(configure(thresholds={"eot_threshold": 7}))
    return story.sends(configure(keyterms="snuffle", numerals=True, language_hints=["ja"]))


def a_message_of_v1() -> Story:
    return flux().says(speech(0, 1)).sends(KEEP_ALIVE)


# ── /v1/speak ────────────────────────────────────────────────────────────────


def speeches() -> Story:
    story = aura().sends(speak("hello there")).sends(speak("friend")).sends(FLUSH).waits(2)
    story.sends(speak("a long way to go from here to there")).sends(FLUSH).waits(0.5).sends(CLEAR).waits(2)
    return story.sends(speak("goodbye")).sends(CLOSE).waits(2)


def too_many_flushes() -> Story:
    story = aura()
    for _ in range(21):
        story.sends(FLUSH)
    return story


# ── /v2/speak ────────────────────────────────────────────────────────────────


def spoken_turns() -> Story:
    story = flux_voice().sends(speak("Sure, I can ")).sends(speak("help you with that.")).waits(0.5).sends(FLUSH)
    story.sends(speak("And then?")).sends(FLUSH).waits(3)
    return story.sends(speak("Bye.")).sends(CLOSE).waits(3)


def barge_in() -> Story:
    story = flux_voice().sends(speak("one two three four five six seven eight")).sends(FLUSH).waits(0.5)
    story.sends(interrupt(600)).sends(speak("never mind")).sends(FLUSH).waits(2)
    return story.sends(interrupt()).sends(CLOSE).waits(1)


def barge_in_without_an_offset() -> Story:
    return flux_voice().sends(speak("one two three four five six")).waits(0.4).sends(interrupt())


def speeds() -> Story:
    story = flux_voice().sends(configure()).sends(configure(speed=1.25)).sends(configure(speed=3))
    story.sends(configure(speed=1.26)).sends(configure(speed=1))
    story.sends(speak("a word")).sends(FLUSH).sends(speak('say {"word": "data", "pronounce": "x"}'))
    return story.sends(configure(speed=0.5)).sends(CLOSE).waits(3)


def nothing_to_speak() -> Story:
    return flux_voice().sends(FLUSH).sends(interrupt(10)).sends(speak("...")).sends(FLUSH).sends(CLOSE)


def a_pause() -> Story:
    return flux_voice().sends(speak("well {pause:500ms} yes"))


STORIES: dict[str, Callable[[], list[Send]]] = {
    "listen_v1 a call": lambda: a_call().sent,
    "listen_v1 many languages": lambda: many_languages().sent,
    "listen_v1 two channels": lambda: two_channels().sent,
    "listen_v1 a container": lambda: a_container().sent,
    "listen_v1 keyterms": lambda: keyterms().sent,
    "listen_v1 keyterms of an old model": lambda: keyterms_of_an_old_model().sent,
    "listen_v1 a text that is no message": lambda: a_text_that_is_no_message().sent,
    "listen_v1 a silent client": lambda: a_silent_client().sent,
    "listen_v1 nothing to hear": lambda: nothing_to_hear().sent,
    "listen_v2 turns": lambda: turns().sent,
    "listen_v2 eager turns": lambda: eager_turns().sent,
    "listen_v2 forced turns": lambda: forced_turns().sent,
    "listen_v2 a turn that times out": lambda: a_turn_that_times_out().sent,
    "listen_v2 thresholds": lambda: thresholds().sent,
    "listen_v2 a message of v1": lambda: a_message_of_v1().sent,
    "speak_v1 speeches": lambda: speeches().sent,
    "speak_v1 too many flushes": lambda: too_many_flushes().sent,
    "speak_v2 turns": lambda: spoken_turns().sent,
    "speak_v2 barge-in": lambda: barge_in().sent,
    "speak_v2 barge-in without an offset": lambda: barge_in_without_an_offset().sent,
    "speak_v2 speeds": lambda: speeds().sent,
    "speak_v2 nothing to speak": lambda: nothing_to_speak().sent,
    "speak_v2 a pause": lambda: a_pause().sent,
}


def called(request: Request) -> Answer:
    answer = deepgram().asked(request, 0.0)
    assert isinstance(answer, Answer)
    return answer


def post(path: str, body: bytes, query: dict[str, str], content_type: str) -> Request:
    headers = (KEY, ("content-type", content_type))
    return Request(method="POST", path=path, query=tuple(query.items()), headers=headers, body=body)


CALLS: dict[str, Callable[[], Answer]] = {
    "speak": lambda: called(speak_request(b'{"text":"hello there"}')),
    "speak with Flux": lambda: called(
        post("/v2/speak", b'{"text":"hello there"}', {"model": "flux-haley-en"}, "application/json")
    ),
    "listen": lambda: called(
        post("/v1/listen", WAV_HEADER + speech(0, 2), {"model": "nova-3"}, "application/octet-stream")
    ),
    "grant": lambda: called(post("/v1/auth/grant", b'{"ttl_seconds":60}', {}, "application/json")),
    "generateContent": lambda: called(
        post(
            "/v1beta/models/gemini-2.5-flash:generateContent",
            b'{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}',
            {"key": "g-key"},
            "application/json",
        )
    ),
    "streamGenerateContent": lambda: called(
        post(
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
            b'{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}',
            {"key": "g-key", "alt": "sse"},
            "application/json",
        )
    ),
}
"""The calls by HTTP, each answered with 200."""
