"""POST /v1/listen: a whole recording in, its transcript out.

Source: deepgram-sdk 7.17.0, listen/v1/media and types/listen_v1response*.py.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Answer, Chunk, Request
from mock_servers.deepgram.errors import CROSS_ORIGIN, Refusal, Refused, bad_request
from mock_servers.deepgram.identifiers import date_of
from mock_servers.deepgram.intake import Intake
from mock_servers.deepgram.listen_query import ListenQuery
from mock_servers.deepgram.listen_v1_messages import metadata, results
from mock_servers.deepgram.recognition import Recognition, Window
from mock_servers.deepgram.sound import Undecodable
from mock_servers.deepgram.troubles import LISTEN

__all__ = ["transcribed"]


def transcribed(
    request: Request, query: ListenQuery, conversation: Conversation, *, request_id: str, now_s: float
) -> Answer:
    """The response.

    Raises:
        Refused: There is no audio in the body, or none that can be decoded.
    """
    if (request.header("content-type") or "").startswith("application/json"):
        # The service would fetch the URL in it; a mock opens no connection to anyone.
        raise Refused(Refusal(400, "REMOTE_CONTENT_ERROR", "The remote content could not be fetched."))
    intake = Intake(query.sound, apart=query.multichannel)
    try:
        pieces = intake.taken(request.body)
    except Undecodable as error:
        raise Refused(bad_request(f"failed to process audio: corrupt or unsupported data: {error}")) from error
    if intake.sound is None or not pieces:
        raise Refused(bad_request("failed to process audio: corrupt or unsupported data"))
    windows = [
        _heard(
            b"".join(piece.channels[channel] for piece in pieces),
            conversation=conversation, sample_rate_hz=intake.sound.sample_rate_hz,
        )
        for channel in range(len(pieces[0].channels))
    ]  # fmt: skip
    about = metadata(
        request_id=request_id,
        created=date_of(now_s),
        sha256=sha256(request.body).hexdigest(),
        duration_s=windows[0].end_s,
        channels=len(windows),
        model=query.model,
    )
    body = {
        "metadata": {name: value for name, value in about.items() if name != "type"},
        "results": {
            "channels": [_channel(window, query, channel, len(windows)) for channel, window in enumerate(windows)]
        },
    }
    return Answer(
        status=200,
        headers=(("content-type", "application/json"), ("dg-request-id", request_id), *CROSS_ORIGIN),
        body=(Chunk(data=json.dumps(body, separators=(",", ":")).encode()),),
        client_name=LISTEN,
        client_body={"bytes": len(request.body), "model": query.model.name},
        server_name=LISTEN,
        server_body={"status": 200, **body["results"]},
    )


def _heard(pcm: bytes, *, conversation: Conversation, sample_rate_hz: int) -> Window:
    """The recording as one window with all its words."""
    recognition = Recognition(
        conversation, sample_rate_hz=sample_rate_hz, endpointing_s=None, interims=False, utterance_end_s=None
    )
    told = [*recognition.heard(pcm), *recognition.closed()]
    words = tuple(word for window in told if isinstance(window, Window) for word in window.words)
    return Window(start_s=0.0, end_s=recognition.audio_s, words=words, is_final=True, speech_final=True)


def _channel(window: Window, query: ListenQuery, channel: int, channels: int) -> dict[str, Any]:
    told: dict[str, Any] = results(window, query, request_id="", channel=channel, channels=channels)["channel"]
    return told
