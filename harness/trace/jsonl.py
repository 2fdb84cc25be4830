"""Traces as JSON Lines: a header, an event a line, and a last line that seals them.

```text
{"deadair_trace":1,"seed":42,"clock":"virtual","proxy":"embedded","audio_rates_hz":{…},"case":{…},"environment":{…}}
{"at_us":500000,"kind":"wire.closed","connection":1,"fields":{"by":"proxy","code":1006,"reason":""}}
{"end":{"at_us":33000000,"why":"settled","detail":"","late_us":0},"events":1,"sha256":"…"}
```

Equal traces are equal bytes: the fields stand in this order, and whatever is nested in them is sorted by name. The digest
is over the header without its environment and over the events, so two runs of one case can be compared by it alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.trace.errors import TraceError
from harness.trace.line import Line
from harness.trace.model import End, Event, Header, Trace
from harness.trace.redaction import may_hold_a_secret, redact

__all__ = ["TRACE_BYTES_MAX", "TraceWriter", "digest", "dump", "load", "parse"]

VERSION = 1
TRACE_BYTES_MAX = 512 * 1024 * 1024
"""A trace is read whole; ten minutes of a call take about 10 MB."""


class TraceWriter:
    """Writes a trace as it happens; every line is in the operating system's hands when the call returns.

    A run that dies leaves a file without its last line, which `load` gives back with `end=None`. As a context manager it
    closes the file, and does not seal it: only `finish` does.

    Args:
        path: Written anew; its folder must exist.
        header: Goes out at once.
        secrets: What must never be written, besides all that looks like a key.

    Raises:
        TraceError: If the file cannot be written, or something holds what is no JSON.
    """

    def __init__(self, path: Path | str, header: Header, *, secrets: Iterable[str] = ()) -> None:
        self._path = Path(path)
        self._encoder = _Encoder(secrets)
        first_line = self._encoder.header(header)
        try:
            self._file = self._path.open("wb", buffering=0)
        except OSError as error:
            raise TraceError(f"{self._path}: this trace cannot be written: {error.strerror}") from error
        try:
            self._write(first_line)
        except TraceError:
            self.close()
            raise

    def append(self, event: Event) -> None:
        self._write(self._encoder.event(event))

    def finish(self, end: End) -> None:
        """Seal the trace, and close the file."""
        self._write(self._encoder.end(end))
        self.close()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line)
        except OSError as error:
            raise TraceError(f"{self._path}: this trace cannot be written: {error.strerror}") from error


def dump(trace: Trace, *, secrets: Iterable[str] = ()) -> bytes:
    """The whole trace, redacted. One without an end gets no last line."""
    encoder = _Encoder(secrets)
    lines = [encoder.header(trace.header), *(encoder.event(event) for event in trace.events)]
    if trace.end is not None:
        lines.append(encoder.end(trace.end))
    return b"".join(lines)


def digest(trace: Trace) -> str:
    """What two equal runs have in common: the SHA-256 of the header without its environment, and of the events."""
    encoder = _Encoder(())
    encoder.header(trace.header)
    for event in trace.events:
        encoder.event(event)
    return encoder.digest


def load(path: Path | str) -> Trace:
    """The trace in this file.

    Raises:
        TraceError: If there is none, or it is broken, altered, or from another version.
    """
    path = Path(path)
    try:
        if path.stat().st_size > TRACE_BYTES_MAX:
            raise TraceError(
                f"{path}: this file has more than {TRACE_BYTES_MAX >> 20} MiB, no trace of ours is so long"
            )
        return parse(path.read_bytes(), name=str(path))
    except OSError as error:
        raise TraceError(f"{path}: this trace cannot be read: {error.strerror}") from error


def parse(data: bytes, *, name: str = "trace") -> Trace:
    """The trace in these bytes; `name` is what errors call it."""
    lines = data.split(b"\n")
    # What stands behind the last line feed was being written when the run died.
    lines.pop()
    if not lines:
        raise TraceError(f"{name}:1: this is no trace: it has not one whole line")
    header = _header(Line.read(lines[0], place=f"{name}:1"))
    events: list[Event] = []
    end: End | None = None
    for number, text in enumerate(lines[1:], start=2):
        line = Line.read(text, place=f"{name}:{number}")
        if end is not None:
            raise line.error("the trace goes on behind its last line")
        if "end" in line.values:
            end = _end(line)
            _check_seal(line, header, lines[1 : number - 1])
        else:
            events.append(_event(line, after_us=events[-1].at_us if events else 0))
    return Trace(header=header, events=tuple(events), end=end)


# ── writing ──────────────────────────────────────────────────────────────────


class _Encoder:
    """Lines as bytes, in one way only; counts and digests them as they pass."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._escaped_secrets = tuple(_json(secret)[1:-1] for secret in self._secrets)
        self._sha256 = hashlib.sha256()
        self._events = 0

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def header(self, header: Header) -> bytes:
        told: dict[str, Any] = {
            "deadair_trace": VERSION,
            "seed": header.seed,
            "clock": header.clock,
            "proxy": header.proxy,
            "audio_rates_hz": header.audio_rates_hz,
            "case": header.case,
        }
        if header.client:
            told["client"] = header.client
        self._sha256.update(self._line(told))
        return self._line(told | {"environment": header.environment})

    def event(self, event: Event) -> bytes:
        told: dict[str, Any] = {"at_us": event.at_us, "kind": event.kind}
        if event.connection is not None:
            told["connection"] = event.connection
        if event.fields:
            told["fields"] = event.fields
        return self.digested(self._line(told))

    def digested(self, line: bytes) -> bytes:
        """An event's line, on its way through."""
        self._sha256.update(line)
        self._events += 1
        return line

    def end(self, end: End) -> bytes:
        told: dict[str, Any] = {"at_us": end.at_us, "why": end.why, "detail": end.detail, "late_us": end.late_us}
        if end.let_go:
            told["let_go"] = end.let_go
        # As a line of its own, for the order of the model; what is nested in a line is sorted.
        inner = self._line(told).rstrip(b"\n")
        return b'{"end":%b,"events":%d,"sha256":"%b"}\n' % (inner, self._events, self.digest.encode())

    def _line(self, values: Mapping[str, Any]) -> bytes:
        text = _object(values)
        # Most events hold nothing that could be a secret, and one look at a line is cheaper than at each of its texts.
        if may_hold_a_secret(text, secrets=self._escaped_secrets):
            text = _object({name: redact(value, secrets=self._secrets) for name, value in values.items()})
        # Half a surrogate pair, which a client may well be sent, becomes its own JSON escape this way.
        return f"{text}\n".encode("utf-8", errors="backslashreplace")


def _object(values: Mapping[str, Any]) -> str:
    """A JSON object whose own fields stand in the order given."""
    return "{" + ",".join([f'"{name}":{_json(value)}' for name, value in values.items()]) + "}"


def _json(value: Any) -> str:
    if type(value) is int:
        # Every event has one or two of them, and setting the encoder up costs more than they do.
        return int.__repr__(value)
    try:
        return _JSON.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TraceError(f"a trace holds JSON values only: {error}") from error


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


# ── reading ──────────────────────────────────────────────────────────────────


def _header(line: Line) -> Header:
    if "deadair_trace" not in line.values:
        raise line.error("this is no trace of deadair: its first line has no 'deadair_trace'")
    if line.values["deadair_trace"] != VERSION:
        raise line.error(
            f"this trace has version {line.values['deadair_trace']!r}; this deadair reads version {VERSION}"
        )
    line.expect_only("deadair_trace", "seed", "clock", "proxy", "audio_rates_hz", "case", "client", "environment")
    rates = line.within("audio_rates_hz")
    return Header(
        case=line.object("case"),
        seed=line.whole("seed", at_least=None),
        clock=line.text("clock"),
        proxy=line.text("proxy"),
        audio_rates_hz={speaker: rates.whole(speaker, at_least=1) for speaker in rates.values},
        client=line.object("client") if "client" in line.values else {},
        environment=line.object("environment"),
    )


def _event(line: Line, *, after_us: int) -> Event:
    line.expect_only("at_us", "kind", "connection", "fields")
    event = Event(
        at_us=line.whole("at_us"),
        kind=line.text("kind"),
        connection=line.whole("connection") if "connection" in line.values else None,
        fields=line.object("fields") if "fields" in line.values else {},
    )
    if event.at_us < after_us:
        raise line.error(f"this event is of {event.at_us} µs, the one before it of {after_us} µs: time went back")
    return event


def _end(line: Line) -> End:
    line.expect_only("end", "events", "sha256")
    end = line.within("end")
    end.expect_only("at_us", "why", "detail", "late_us", "let_go")
    return End(
        at_us=end.whole("at_us"),
        why=end.text("why"),
        detail=end.text("detail"),
        late_us=end.whole("late_us"),
        let_go=end.texts("let_go") if "let_go" in end.values else (),
    )


def _check_seal(line: Line, header: Header, events: list[bytes]) -> None:
    told = line.whole("events")
    if told != len(events):
        raise line.error(f"the last line speaks of {told} events, here are {len(events)}: this trace was altered")
    seal = _Encoder(())
    seal.header(header)
    for text in events:
        seal.digested(text + b"\n")
    if line.text("sha256") != seal.digest:
        raise line.error("the digest in the last line is not that of the lines above: this trace was altered")
