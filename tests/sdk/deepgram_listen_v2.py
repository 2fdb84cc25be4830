"""Transcription in turns over /v2/listen (Flux), as the user of the Deepgram SDK sees it.

Read the fields, not the class: SDK 6 takes every message for a `ListenV2Connected` (deepgram-python-sdk#693).
"""

from __future__ import annotations

from typing import Any

from tests.sdk.deepgram_hands import held
from tests.sdk.deepgram_speech import LINEAR16, silence, speech, words
from tests.sdk.deepgram_talk import Call, Pause, Talk, connect

__all__: list[str] = []

FLUX = {"model": "flux-general-en", **LINEAR16}


@held("Flux: connect and close")
def connect_and_close() -> Talk:
    call: Call = yield connect("listen.v2", **FLUX)
    connected = yield call.until("Connected")
    yield call.does("send_close_stream")
    error = yield call.ends()

    assert connected.sequence_id == 0
    assert connected.request_id == call.headers["dg-request-id"]
    assert call.kinds == ["Connected"], call.told()
    # It closes without a status, which the SDK takes for a good end.
    assert error is None


@held("Flux: VAD turn")
def vad_turn() -> Talk:
    call: Call = yield connect("listen.v2", **FLUX)
    yield call.says(speech(0, 1.5) + silence(0.5), speed=1.25)
    ended = yield call.until("TurnInfo", event="EndOfTurn")
    yield call.says(speech(1.5, 2) + silence(0.5), speed=1.25)
    again = yield call.until("TurnInfo", event="EndOfTurn")

    turns = call.of("TurnInfo")
    assert [m.sequence_id for m in call.messages] == list(range(len(call.messages)))
    assert next(m for m in turns if m.event != "Update").event == "StartOfTurn"
    assert "Update" in [m.event for m in turns]
    assert said(ended) == words(0, 1.5)
    assert ended.trigger == "model"
    assert ended.turn_index == 0
    assert ended.end_of_turn_confidence >= 0.7
    assert said(again) == words(1.5, 2)
    assert again.turn_index == 1
    assert all(getattr(m, "trigger", None) is None for m in turns if m.event != "EndOfTurn")
    assert all(0 <= m.audio_window_start <= m.audio_window_end for m in turns)


@held("Flux: eager end of turn")
def eager_end_of_turn() -> Talk:
    """Moderate confidence is told first, and taken back if the caller goes on after a short breath."""
    call: Call = yield connect("listen.v2", **FLUX, eager_eot_threshold=0.4, eot_threshold=0.9)
    yield call.says(speech(0, 1) + silence(0.4) + speech(1, 1.5) + silence(1), speed=1.25)
    yield call.until("TurnInfo", event="EndOfTurn")

    events = [m.event for m in call.of("TurnInfo") if m.event != "Update"]
    assert events == ["StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EagerEndOfTurn", "EndOfTurn"], events
    eager, last = (next(m for m in call.of("TurnInfo") if m.event == name) for name in ("EagerEndOfTurn", "EndOfTurn"))
    assert said(eager) == words(0, 1)
    assert 0.4 <= eager.end_of_turn_confidence < 0.9
    assert said(last) == words(0, 1.5)


@held("Flux: a turn ends by its timeout")
def a_turn_ends_by_its_timeout() -> Talk:
    call: Call = yield connect("listen.v2", **FLUX, eot_threshold=1.0, eot_timeout_ms=500)
    yield call.says(speech(0, 1) + silence(0.8), speed=1.25)
    ended = yield call.until("TurnInfo", event="EndOfTurn")

    assert ended.trigger == "timeout"
    assert said(ended) == words(0, 1)


@held("Flux: ForceEndTurn", versions=">=7.8")
def force_end_turn() -> Talk:
    call: Call = yield connect("listen.v2", **FLUX)
    yield call.says(speech(0, 1))
    yield call.until("TurnInfo", event="StartOfTurn")
    yield Pause(0.2)
    yield call.does("send_force_end_turn")
    ended = yield call.until("TurnInfo", event="EndOfTurn")

    assert ended.trigger == "manual"
    assert said(ended) == words(0, 1)


@held("Flux: CloseStream")
def close_stream() -> Talk:
    call: Call = yield connect("listen.v2", **FLUX)
    yield call.says(speech(0, 1))
    yield call.does("send_close_stream")
    error = yield call.ends()

    assert error is None
    assert said(call.messages[-1]) == words(0, 1)


@held("Flux: Configure", versions=">=7.7")
def configure() -> Talk:
    from deepgram.listen.v2.types import ListenV2Configure, ListenV2ConfigureThresholds

    call: Call = yield connect("listen.v2", **FLUX, eot_threshold=0.8)
    wish = ListenV2Configure(thresholds=ListenV2ConfigureThresholds(eager_eot_threshold=0.5), keyterms=["deadair"])
    yield call.does("send_configure", wish)
    success = yield call.until("ConfigureSuccess")
    yield call.does("send_configure", {"type": "Configure", "thresholds": {"eot_threshold": 7}})
    failure = yield call.until("ConfigureFailure")

    assert success.sequence_id == 1
    assert success["thresholds"]["eot_threshold"] == 0.8
    assert success["thresholds"]["eager_eot_threshold"] == 0.5
    assert success.keyterms == ["deadair"]
    assert failure.sequence_id == 2
    assert failure.request_id == call.headers["dg-request-id"]


@held("Flux: KeepAlive is no message of it", versions=">=7.7")
def keep_alive_is_fatal() -> Talk:
    """deepgram-python-sdk#649: the connection is closed without a status, right after the error."""
    call: Call = yield connect("listen.v2", **FLUX)
    yield call.does("send_configure", {"type": "KeepAlive"})
    error = yield call.ends()

    assert call.kinds == ["Connected", "Error"], call.told()
    assert call.messages[1].code
    assert call.messages[1].description
    assert call.messages[1].sequence_id == 1
    assert error is None


@held("Flux: multilingual", versions=">=7.3")
def multilingual() -> Talk:
    call: Call = yield connect("listen.v2", **{**FLUX, "model": "flux-general-multi"}, language_hint=["en", "es"])
    yield call.says(speech(0, 1) + silence(0.8), speed=1.25)
    ended = yield call.until("TurnInfo", event="EndOfTurn")

    assert ended.languages_hinted == ["en", "es"]
    assert said(ended) == words(0, 1)


@held("Flux: messages are of their own types", versions=">=7")
def typed() -> Talk:
    from deepgram.listen.v2.types import ListenV2Connected, ListenV2TurnInfo

    call: Call = yield connect("listen.v2", **FLUX)
    yield call.says(speech(0, 1))
    turn = yield call.until("TurnInfo")

    assert type(call.messages[0]) is ListenV2Connected
    assert type(turn) is ListenV2TurnInfo


def said(turn: Any) -> list[str]:
    """The words of a turn: Flux writes them as they are read, so without regard to case and stops."""
    found = [word["word"] if isinstance(word, dict) else word.word for word in turn.words]
    assert [word.lower().strip(".,?") for word in turn.transcript.split()] == [w.lower().strip(".,?") for w in found]
    return [word.lower().strip(".,?") for word in found]
