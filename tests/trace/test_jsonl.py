from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.trace import End, Event, Header, Trace, TraceError, TraceWriter, digest, dump, load, parse
from tests.support.traces import TraceBuilder

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdé", max_size=4), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text("abcdé ", max_size=6), values, max_size=4)
moments = st.integers(0, 10**12)
events = st.builds(
    Event,
    at_us=moments,
    kind=st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}", fullmatch=True),
    connection=st.none() | st.integers(0, 1000),
    fields=objects,
)
traces = st.builds(
    Trace,
    header=st.builds(
        Header,
        case=objects,
        seed=st.integers(),
        clock=st.sampled_from(["virtual", "real"]),
        proxy=st.sampled_from(["embedded", "toxiproxy"]),
        audio_rates_hz=st.dictionaries(st.sampled_from(["caller", "agent"]), st.integers(1, 48_000)),
        environment=objects,
    ),
    events=st.lists(events, max_size=6).map(lambda seen: tuple(sorted(seen, key=lambda event: event.at_us))),
    end=st.none()
    | st.builds(
        End,
        at_us=moments,
        why=st.text(),
        detail=st.text(),
        late_us=moments,
        let_go=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    ),
)


@given(traces)
def test_a_written_trace_reads_back_equal(trace: Trace) -> None:
    assert parse(dump(trace)) == trace


@given(traces)
def test_what_was_read_is_written_as_the_same_bytes(trace: Trace) -> None:
    written = dump(trace)

    assert dump(parse(written)) == written


def call() -> Trace:
    return TraceBuilder().at(0.1).connects().at(2).saw("wire.reset", 1, by="proxy").ends()


def test_equal_traces_are_equal_bytes_in_whatever_order_their_fields_were_put_together() -> None:
    one = TraceBuilder().saw("wire.closed", 1, code=1006, by="proxy").ends()
    other = TraceBuilder().saw("wire.closed", 1, by="proxy", code=1006).ends()

    assert dump(one) == dump(other)


def test_a_line_is_compact_and_its_fields_stand_in_a_fixed_order() -> None:
    lines = dump(call()).decode().splitlines()

    assert lines[4] == '{"at_us":2000000,"kind":"wire.reset","connection":1,"fields":{"by":"proxy"}}'
    assert lines[-1].startswith(
        '{"end":{"at_us":2000000,"why":"settled","detail":"","late_us":0},"events":4,"sha256":"'
    )


def test_the_environment_is_no_part_of_the_digest() -> None:
    trace = call()
    elsewhere = replace(trace, header=replace(trace.header, environment={"python": "3.14"}))

    assert digest(elsewhere) == digest(trace)
    assert parse(dump(elsewhere)) == elsewhere


def test_the_seed_is_part_of_the_digest() -> None:
    trace = call()

    assert digest(replace(trace, header=replace(trace.header, seed=1))) != digest(trace)


def test_a_stream_of_events_makes_the_same_file_as_the_whole_trace(tmp_path: Path) -> None:
    trace, path = call(), tmp_path / "call.jsonl"
    assert trace.end is not None

    with TraceWriter(path, trace.header) as writer:
        for event in trace.events:
            writer.append(event)
        writer.finish(trace.end)

    assert path.read_bytes() == dump(trace)


def test_every_event_is_in_the_file_as_soon_as_it_was_written(tmp_path: Path) -> None:
    trace, path = call(), tmp_path / "call.jsonl"

    with TraceWriter(path, trace.header) as writer:
        writer.append(trace.events[0])

        assert load(path) == Trace(header=trace.header, events=trace.events[:1], end=None)


def test_a_trace_without_its_last_line_has_no_end() -> None:
    trace = call()

    assert parse(dump(replace(trace, end=None))).end is None


def test_a_line_that_was_being_written_when_the_run_died_is_left_out() -> None:
    trace = call()

    cut_off = parse(dump(trace)[:-20])

    assert cut_off == replace(trace, end=None)


def test_half_a_surrogate_pair_survives() -> None:
    trace = TraceBuilder().saw("text.output", text="\ud83d").ends()

    assert parse(dump(trace)) == trace


def test_secrets_are_masked_in_every_line() -> None:
    trace = TraceBuilder().saw("connection.failed", reason="401 for hunter2").ends(detail="hunter2 was refused")

    assert b"hunter2" not in dump(trace, secrets=["hunter2"])


def test_keys_are_masked_by_the_writer(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "call.jsonl", call().header, secrets=["hunter2"]) as writer:
        writer.append(
            Event(at_us=0, kind="error", fields={"message": "Incorrect API key: sk-proj-abcdef123456, hunter2"})
        )

    written = (tmp_path / "call.jsonl").read_text()
    assert "sk-proj" not in written
    assert "hunter2" not in written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"pcm", object()])
def test_what_is_no_json_is_refused_when_written(value: Any) -> None:
    with pytest.raises(TraceError, match="JSON values only"):
        dump(TraceBuilder().saw("audio.output", audio=value).ends())


def altered(change: Callable[[bytes], bytes], line: int) -> bytes:
    lines = dump(call()).splitlines(keepends=True)
    lines[line - 1] = change(lines[line - 1])
    return b"".join(lines)


@pytest.mark.parametrize(
    ("line", "change", "message"),
    [
        (1, lambda _: b"", "t.jsonl:1: this is no trace of deadair: its first line has no 'deadair_trace'"),
        (
            1,
            lambda old: old.replace(b'trace":1', b'trace":2'),
            "t.jsonl:1: this trace has version 2; this deadair reads",
        ),
        (1, lambda old: old.replace(b'"clock":"virtual",', b""), "t.jsonl:1: 'clock' is missing"),
        (1, lambda old: old.replace(b"16000", b"0"), "t.jsonl:1: 'caller' is 0; it cannot be less than 1"),
        (2, lambda _: b"{oops}\n", "t.jsonl:2: this is no JSON: "),
        (2, lambda _: b"\n", "t.jsonl:2: this is no JSON: "),
        (2, lambda _: b"[]\n", "t.jsonl:2: a line of a trace is a JSON object, not a list"),
        (2, lambda _: b"\xff\n", "t.jsonl:2: this is not UTF-8 (byte 1)"),
        (2, lambda _: b'{"at_us":NaN}\n', "t.jsonl:2: this is no JSON that a trace can hold: NaN is no JSON"),
        (2, lambda _: b"[" * 100_000 + b"\n", "t.jsonl:2: this is no JSON that a trace can hold: "),
        (2, lambda _: b'{"at_us":' + b"9" * 5_000 + b"}\n", "t.jsonl:2: this is no JSON that a trace can hold: "),
        (
            2,
            lambda old: old.replace(b"100000", b"true"),
            "t.jsonl:2: 'at_us' is a truth value, it should be a whole number",
        ),
        (2, lambda old: old.replace(b"100000", b"-1"), "t.jsonl:2: 'at_us' is -1; it cannot be less than 0"),
        (
            2,
            lambda old: old.replace(b'"at_us"', b'"when"'),
            "t.jsonl:2: there is no field 'when' here; there are at_us, ",
        ),
        (
            3,
            lambda old: old.replace(b"100000", b"99"),
            "t.jsonl:3: this event is of 99 µs, the one before it of 100000 µs",
        ),
        (
            3,
            lambda old: old.replace(b"/v1", b"/v2"),
            "t.jsonl:6: the digest in the last line is not that of the lines above",
        ),
        (3, lambda _: b"", "t.jsonl:5: the last line speaks of 4 events, here are 3: this trace was altered"),
        (6, lambda old: old + old, "t.jsonl:7: the trace goes on behind its last line"),
        (6, lambda old: old.replace(b'"why":"settled",', b""), "t.jsonl:6: 'why' is missing"),
    ],
)
def test_a_broken_file_is_refused_with_the_line_that_is_wrong(
    line: int, change: Callable[[bytes], bytes], message: str
) -> None:
    with pytest.raises(TraceError) as refused:
        parse(altered(change, line), name="t.jsonl")

    assert str(refused.value).startswith(message)


def test_an_empty_file_is_no_trace() -> None:
    with pytest.raises(TraceError, match=r"t\.jsonl:1: this is no trace: it has not one whole line"):
        parse(b"", name="t.jsonl")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"nowhere\.jsonl: this trace cannot be read: No such file"):
        load(tmp_path / "nowhere.jsonl")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"call\.jsonl: this trace cannot be written: No such file"):
        TraceWriter(tmp_path / "missing" / "call.jsonl", call().header)


def test_what_can_be_expected_of_the_client_is_kept() -> None:
    header = replace(TraceBuilder().header, client={"reconnects": False, "tells": ["connection.*"]})

    assert parse(dump(Trace(header=header, events=(), end=None))).header == header
