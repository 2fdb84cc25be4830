"""Two runs laid side by side: what is the same is said to be, and the first thing that is not is found."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from harness.replay import Difference, difference
from harness.reports.difference import as_json, difference_lines
from harness.trace import Trace
from tests.support.traces import TraceBuilder


def call() -> TraceBuilder:
    """A call that is cut at 2 s, and goes on after a wait of 1 s."""
    built = (
        TraceBuilder().state("active").connects(1).at(1).saw("client.input_audio_buffer.append", 1, audio=[[0, 640]])
    )
    return built.at(2).saw("fault.cut", 1, do="drop").saw("wire.closed", 1, code=1006, by="proxy")


def good() -> TraceBuilder:
    return call().saw("connection.reconnecting", attempt=1).at(3).connects(2).saw("connection.reconnected", attempts=1)


def on_the_real_clock(trace: Trace) -> Trace:
    return replace(trace, header=replace(trace.header, clock="real"))


def words(found: Difference) -> str:
    lines = difference_lines(found, left="then", right="now")
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines) + "\n"


def test_a_run_is_the_same_as_itself():
    found = difference(good().ends(), good().ends())

    assert found.is_same
    assert words(found) == "the same, event for event, to the microsecond\n"


def test_the_first_event_that_only_one_has_is_where_they_parted():
    gave_up = call().saw("connection.failed", attempts=0, reason="1006").ends()

    parted = difference(good().ends(), gave_up).divergences[0]

    assert (parted.owner, parted.at_us) == ("told", 2_000_000)
    assert [event.kind for event in parted.left] == ["connection.reconnecting", "connection.reconnected"]
    assert [event.kind for event in parted.right] == ["connection.failed"]


def test_what_comes_before_is_shown():
    parted = difference(good().ends(), call().ends()).divergences[1]

    assert parted.owner == "wire"
    assert [event.kind for event in parted.before] == ["wire.open", "wire.ready", "wire.closed"]
    assert parted.right == ()


def test_an_event_at_another_time_has_moved():
    late = (
        call().saw("connection.reconnecting", attempt=1).at(3.5).connects(2).saw("connection.reconnected", attempts=1)
    )

    found = difference(good().ends(), late.ends())

    assert not found.is_same
    assert not found.divergences
    assert {moved.by_us for moved in found.moved} == {500_000}
    assert found.waits_us == ((1_000_000, 1_500_000),)


def test_times_on_the_real_clock_are_told_and_not_judged():
    late = (
        call().saw("connection.reconnecting", attempt=1).at(3.5).connects(2).saw("connection.reconnected", attempts=1)
    )

    found = difference(on_the_real_clock(good().ends()), on_the_real_clock(late.ends()))

    assert found.is_same
    assert words(found) == "the same, in the same order; 4 events at another time\n"


def test_an_event_with_other_fields_has_changed():
    other = call().saw("connection.reconnecting", attempt=2).at(3).connects(2).saw("connection.reconnected", attempts=1)

    (changed,) = difference(good().ends(), other.ends()).changed

    assert changed.fields == {"attempt": (1, 2)}


def test_fractions_that_were_computed_in_another_order_are_the_same():
    left = TraceBuilder().saw("connection.reconnecting", backoff_delay=0.1 + 0.2).ends()
    right = TraceBuilder().saw("connection.reconnecting", backoff_delay=0.3).ends()

    assert difference(left, right).is_same


def test_audio_that_was_cut_otherwise_is_the_same_on_the_real_clock():
    coarse, fine = TraceBuilder(), TraceBuilder()
    for number in range(4):
        coarse.saw("client.input_audio_buffer.append", 1, audio=[[number, number + 1]])
        fine.saw("client.input_audio_buffer.append", 1, audio=[]).saw("client.input_audio_buffer.append", 1, audio=[])

    assert difference(on_the_real_clock(coarse.ends()), on_the_real_clock(fine.ends())).is_same


def test_another_end_is_another_run():
    found = difference(good().ends(), good().ends("hung"))

    assert found.ends == ("settled", "hung")
    assert not found.is_same


def test_a_trace_that_is_cut_off_can_be_compared():
    assert difference(good().ends(), call().trace()).ends == ("settled", "cut off")


def test_of_what_parted_at_one_moment_the_cause_is_told_first():
    kept = call().saw("wire.attempt", 2).saw("run.state", state="active").saw("connection.reconnecting").ends()

    assert [one.owner for one in difference(call().ends(), kept).divergences] == ["wire", "told", "run"]


def test_all_of_it_is_json():
    told = json.loads(json.dumps(as_json(difference(good().ends(), call().ends("hung")))))

    assert (told["deadair_diff"], told["same"], told["ends"]) == (1, False, ["settled", "hung"])
    assert told["divergences"][0]["left"][0]["kind"] == "connection.reconnecting"


def test_what_a_server_said_does_nothing_to_the_terminal():
    hostile = call().saw("error", message="\x1b[2J\u202e" + "x" * 100_000).ends()

    told = words(difference(call().ends(), hostile))

    assert told.isprintable() or set(told) - {c for c in told if c.isprintable()} == {"\n"}
    assert len(told) < 3_000


def test_ten_thousand_events_are_compared_in_the_time_that_one_waits():
    left, right = TraceBuilder(), TraceBuilder()
    for number in range(10_000):
        left.saw(f"server.message-{number % 7}", 1)
        right.saw(f"server.message-{number % 11}", 1)
    began_s = time.process_time()

    found = difference(left.ends(), right.ends())

    assert not found.is_same
    # It takes 2 s; the square of the number of events would take minutes, whatever the machine.
    assert time.process_time() - began_s < 30


def test_what_is_different_is_read_like_this(golden):
    gave_up = call().at(2.2).saw("connection.failed", attempts=0, reason="1006").saw("run.state", state="error")

    golden("difference.txt", words(difference(good().ends(), gave_up.ends("deadline"))))
