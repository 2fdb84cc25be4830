"""POST /v1/speak and /v2/speak: text in, audio out, in one streamed response.

Source: docs/tts-encoding and docs/errors (deepgram-docs@4b4a10a).
"""

from __future__ import annotations

from mock_servers.base.protocol import Answer, Chunk, Request
from mock_servers.deepgram import strict_json
from mock_servers.deepgram.errors import CROSS_ORIGIN, Refusal, Refused, bad_request
from mock_servers.deepgram.speak_query import SpeakQuery
from mock_servers.deepgram.speech import AHEAD, Speech, wav_head
from mock_servers.deepgram.troubles import SPEAK

__all__ = ["spoken", "text_of"]

_BODY_BYTES_MAX = 2_000_000
_CHARACTERS_MAX = 2_400


def text_of(request: Request) -> str:
    """What is to be said: `{"text": …}`, or a body of text/plain.

    Raises:
        Refused: The first thing that is wrong.
    """
    if len(request.body) > _BODY_BYTES_MAX:
        raise Refused(Refusal(413, "PAYLOAD_TOO_LARGE", "Payload exceeds the limit of 2 MB."))
    match (request.header("content-type") or "").partition(";")[0].strip().lower():
        case "application/json":
            text = _text_in_json(request.body)
        case "text/plain":
            text = request.body.decode(errors="replace")
        case other:
            raise Refused(Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Unsupported content type '{other}'."))
    if not text.strip():
        raise Refused(bad_request("Input text contains no characters."))
    if len(text) > _CHARACTERS_MAX:
        message = f"Input text exceeds maximum character limit of {_CHARACTERS_MAX}."
        raise Refused(Refusal(413, "Payload Too Large", message))
    return text


def spoken(text: str, query: SpeakQuery, speech: Speech, *, request_id: str, first_audio_s: float) -> Answer:
    """The response: the first audio after `first_audio_s`, the rest faster than it plays."""
    audio = speech.say(text, query)
    chunks, after_s = [], first_audio_s
    for piece in speech.pieces(audio, query):
        chunks.append(Chunk(data=piece, after_s=after_s))
        after_s = len(piece) / query.bytes_per_s / AHEAD
    if query.is_wav:
        chunks.insert(0, Chunk(data=wav_head(query), after_s=first_audio_s))
        chunks[1] = Chunk(data=chunks[1].data)
    return Answer(
        status=200,
        headers=(
            ("content-type", query.content_type),
            ("dg-request-id", request_id),
            ("dg-model-name", query.model.name),
            ("dg-model-uuid", query.model.uuid),
            ("dg-char-count", str(len(text))),
            *CROSS_ORIGIN,
        ),
        body=tuple(chunks),
        client_name=SPEAK,
        client_body={"text": text, "model": query.model.name},
        server_name=SPEAK,
        server_body={"status": 200, "content_type": query.content_type, "characters": len(text)},
        audio=audio,
        audio_s=len(audio) / query.bytes_per_s,
    )


def _text_in_json(body: bytes) -> str:
    try:
        fields = strict_json.read(body.decode())
    except ValueError as error:
        raise Refused(Refusal(400, "PAYLOAD_ERROR", "Failed to deserialize JSON payload.")) from error
    match fields:
        case {"text": str(text)} if "url" not in fields:
            return text
        case {"url": str()} if "text" not in fields:
            # The service would fetch it; a mock opens no connection to anyone.
            raise Refused(Refusal(400, "REMOTE_CONTENT_ERROR", "The remote content could not be fetched."))
        case _:
            message = "Failed to deserialize JSON payload. Please specify exactly one of `text` or `url`."
            raise Refused(Refusal(400, "PAYLOAD_ERROR", message))
