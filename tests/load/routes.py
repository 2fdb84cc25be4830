"""For each mock a way in, and client messages that are answered by one small server message each, without a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ECHO", "PARROT", "ROUTES", "Route"]

ECHO = "echo"
"""The yardstick: the bare echo server of `websockets`."""


PARROT = "parrot"
"""What all mocks have in common, with a vendor behind it that only repeats what it hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`first` is said at the beginning, and `greeted` messages come before anything is asked; `asks` are said in turn."""

    path: str
    header: str = ""
    first: str = ""
    greeted: int = 0
    asks: tuple[str, ...]


ROUTES: Mapping[str, Route] = {
    ECHO: Route(path="/", asks=('{"type":"input_audio_buffer.clear"}',)),
    # say → echo
    PARROT: Route(path="/live", greeted=1, asks=('{"type":"say","text":"polly"}',)),
    # input_audio_buffer.clear → input_audio_buffer.cleared
    "openai-realtime": Route(
        path="/v1/realtime?model=gpt-realtime",
        header="Authorization: Bearer sk-mock",
        greeted=1,
        asks=('{"type":"input_audio_buffer.clear"}',),
    ),
    # activityStart → voiceActivity, activityEnd → voiceActivity; the next start comes before there is an answer
    "gemini-live": Route(
        path="/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent",
        header="Authorization: Bearer mock",
        first='{"setup":{"model":"projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash","explicitVadSignal":true,'
        '"realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}}',
        greeted=1,
        asks=('{"realtimeInput":{"activityStart":{}}}', '{"realtimeInput":{"activityEnd":{}}}'),
    ),
    # Clear → Cleared, of text to speech
    "deepgram": Route(
        path="/v1/speak?model=aura-2-thalia-en",
        header="Authorization: Token mock",
        greeted=1,
        asks=('{"type":"Clear"}',),
    ),
}
