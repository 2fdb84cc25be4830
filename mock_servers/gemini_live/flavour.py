"""The two services that speak this protocol, and in what their messages differ.

Source: googleapis/js-genai@6e9b35c4, test/system/recordings (both services); python-genai 3.4.0, _live_converters.py.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

__all__ = ["GEMINI_API", "VERTEX", "Flavour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One of the two services.

    Attributes:
        resumable_while_busy: A session can be resumed from the middle of an answer.
        resumes_transparently: It says up to which message of its client a handle reaches, if it is asked to.
        signals_activity: `explicitVadSignal` is a field of its setup.
        completes_calls: generationComplete comes behind a toolCall.
        knows_strays: A function's result that nobody waits for is talked about; else it ends the session.
        traffic_type: What each usageMetadata says of the quota that it was charged to; empty where it does not.
    """

    audio_mime_type: str
    names_role: bool
    tells_session_id: bool
    usage_name: str
    resumable_while_busy: bool
    resumes_transparently: bool
    signals_activity: bool
    begins_transcripts_empty: bool
    finishes_transcripts: bool
    completes_calls: bool
    knows_strays: bool
    cancels_at_the_end: bool
    traffic_type: str

    def session_id(self, session: int) -> str:
        # Of the same session always the same id, so that equal runs have equal traces.
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"deadair/{session}")) if self.tells_session_id else ""

    def call_id(self, number: int) -> str:
        """The id of a server's `number`-th function call: 19 digits on the Gemini API, a UUID on Vertex."""
        spread = uuid.uuid5(uuid.NAMESPACE_OID, f"deadair/call/{number}")
        return str(spread) if self.tells_session_id else f"function-call-{10**18 + spread.int % (9 * 10**18)}"


GEMINI_API = Flavour(
    audio_mime_type="audio/pcm;rate=24000",
    names_role=False,
    tells_session_id=False,
    usage_name="response",
    resumable_while_busy=False,
    resumes_transparently=False,
    signals_activity=False,
    begins_transcripts_empty=False,
    finishes_transcripts=False,
    completes_calls=False,
    knows_strays=False,
    cancels_at_the_end=False,
    traffic_type="",
)
VERTEX = Flavour(
    audio_mime_type="audio/pcm",
    names_role=True,
    tells_session_id=True,
    usage_name="candidates",
    resumable_while_busy=True,
    resumes_transparently=True,
    signals_activity=True,
    begins_transcripts_empty=True,
    finishes_transcripts=True,
    completes_calls=True,
    knows_strays=True,
    cancels_at_the_end=True,
    traffic_type="ON_DEMAND",
)
