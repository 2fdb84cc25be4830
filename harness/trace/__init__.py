"""What happened in a run: the model, its file format, and the questions that can be put to it."""

from harness.trace.errors import TraceError
from harness.trace.jsonl import TraceWriter, digest, dump, load, parse
from harness.trace.model import End, Event, Header, Trace
from harness.trace.positions import AGENT_STREAM, CALLER_STREAM, PositionReader, speech
from harness.trace.redaction import redact

__all__ = [
    "AGENT_STREAM", "CALLER_STREAM", "End", "Event", "Header", "PositionReader", "Trace", "TraceError", "TraceWriter",
    "digest", "dump", "load", "parse", "redact", "speech",
]  # fmt: skip
