"""From a trace to a script: what the server did, and when, as far as it reached anybody."""

from __future__ import annotations

import pytest

from harness.replay import audible, script_of
from harness.replay.script import Await, Begin, Cut, Hang, Note, Open, Ready, Refused, Say, Silent, Step
from harness.scenario.model import BadFrame, Blackhole, Drop, Fault, Garble, Http, Stall, Tls, Trigger
from harness.trace import TraceError
from tests.support.traces import TraceBuilder, case


def fault(do: object, *, times: int | None = None) -> Fault:
    return Fault.model_validate({"id": "it", "trigger": Trigger(at_us=1), "do": do, "times": times})


def opened(built: TraceBuilder) -> Open:
    (connection,) = script_of(built.ends()).connections
    assert isinstance(connection, Open)
    return connection


def deeds(built: TraceBuilder) -> list[object]:
    return [step.deed for step in opened(built).steps]


def test_a_message_is_due_so_long_after_the_answer_to_the_upgrade():
    built = TraceBuilder().at(1).connects().at(1.5).saw("server.session.created", 1, type="session.created")

    assert opened(built).steps[1] == Step(
        deed=Say(name="session.created", fields={"type": "session.created"}), at_us=500_000
    )


def test_a_message_that_followed_one_of_the_client_is_due_so_long_after_it():
    built = TraceBuilder().connects().at(1).saw("client.session.update", 1).saw("client.session.update", 1)
    built.at(1.25).saw("server.session.updated", 1)

    assert opened(built).steps[-1].awaits == Await(name="session.update", nth=2, after_us=250_000)


def test_frames_of_audio_are_not_counted():
    built = TraceBuilder().connects().at(1).saw("client.input_audio_buffer.append", 1, audio=[])
    built.at(2).saw("server.session.updated", 1)

    assert opened(built).steps[-1].awaits is None


def test_what_comes_with_a_frame_of_audio_comes_behind_it():
    built = TraceBuilder().connects().at(1).saw("client.input_audio_buffer.append", 1, audio=[[0, 8]])
    built.saw("server.error", 1)

    assert opened(built).steps[-1].at_us == 1_000_001


def test_audio_stands_as_its_positions():
    built = TraceBuilder().connects().saw("server.response.output_audio.delta", 1, audio=[[0, 480], [960, 968]], a=1)

    assert deeds(built)[-1] == Say(name="response.output_audio.delta", fields={"a": 1}, audio=((0, 480), (960, 968)))


def test_a_field_that_is_called_audio_and_holds_something_else_stays():
    built = TraceBuilder().connects().saw("server.session.created", 1, audio={"input": {}})

    assert deeds(built)[-1] == Say(name="session.created", fields={"audio": {"input": {}}})


@pytest.mark.parametrize(
    ("kind", "fields", "end"),
    [
        ("wire.closed", {"code": 1011, "reason": "later", "by": "server"}, Hang(code=1011, reason="later")),
        ("wire.closed", {"code": 1006, "reason": "", "by": "server"}, Hang(code=1006)),
        ("wire.reset", {"by": "server"}, Hang(code=1006, reset=True)),
        ("wire.reset", {"by": "proxy"}, Note(number=1, do=Cut(connection=1, reset=True))),
        ("wire.closed", {"code": 1006, "reason": "", "by": "proxy"}, Note(number=1, do=Cut(connection=1, reset=False))),
        ("wire.closed", {"code": 1000, "reason": "", "by": "client"}, Ready(resumed=False)),
    ],
)
def test_a_connection_ends_as_it_ended(kind: str, fields: dict[str, object], end: object):
    assert deeds(TraceBuilder().connects().at(2).saw(kind, 1, **fields))[-1] == end


def test_a_refusal_by_tcp_is_one():
    assert script_of(TraceBuilder().refused(1).ends()).connections == (Refused(status=None),)


def test_a_refusal_by_http_says_when_to_come_back_as_its_fault_does():
    built = TraceBuilder(case(faults=(fault(Http(status=429, form="header-ms", headers={"x": "y"})),)))
    built.saw("fault.it", do="http").saw("wire.attempt", 1).saw("wire.refused", 1, status=429, retry_after_us=3_000_000)

    assert script_of(built.ends()).connections == (
        Refused(status=429, retry_after_us=3_000_000, form="header-ms", headers={"x": "y"}),
    )


def test_an_attempt_that_nobody_answered_is_silence():
    built = TraceBuilder().saw("wire.attempt", 1).at(10).saw("wire.abandoned", 1)

    assert script_of(built.ends()).connections == (Silent(),)


def test_a_handshake_that_was_held_up_is_held_up_as_long():
    built = TraceBuilder(case(faults=(fault(Stall(phase="tcp")),)))
    built.saw("wire.attempt", 1).saw("fault.it", do="stall").at(3).saw("fault.it.healed").saw("wire.open", 1)

    connection = opened(built)

    assert (connection.held, connection.held_us) == ("tcp", 3_000_000)


def test_a_fault_that_changes_bytes_on_their_way_is_done_again():
    built = TraceBuilder(case(faults=(fault(Blackhole()),))).connects().at(2).saw("fault.it", do="blackhole")

    assert deeds(built)[-1] == Note(
        number=1, kind="fault.it", fields={"do": "blackhole"}, do=Begin(fault_id="it", do=Blackhole(), on=1)
    )


def test_a_fault_that_shows_in_what_followed_is_only_told_again():
    built = TraceBuilder(case(faults=(fault(Drop()),))).connects().at(2).saw("fault.it", do="drop")

    assert deeds(built)[-1] == Note(number=1, kind="fault.it", fields={"do": "drop"})


def test_what_happened_between_two_connections_follows_the_end_of_the_first():
    built = TraceBuilder(case(faults=(fault(Blackhole()),))).connects().at(2).saw("wire.closed", 1, by="client")
    built.at(3).saw("fault.it", do="blackhole")

    (note,) = script_of(built.ends()).between

    assert (note.after, note.after_us) == (("wire.closed", 1), 1_000_000)


def test_messages_are_garbled_as_often_as_they_were():
    built = TraceBuilder(case(faults=(fault(Garble(event="a"), times=1),))).connects().saw("fault.it", 1, do="garble")
    built.saw("server.a", 1).saw("server.a", 1).saw("server.b", 1)

    assert [deed.garbled for deed in deeds(built) if isinstance(deed, Say)] == [True, False, False]


def test_the_message_in_a_bad_frame_is_not_said_twice():
    built = TraceBuilder(case(faults=(fault(BadFrame(frame="oversize")),))).connects()
    built.saw("fault.it", 1, do="frame").saw("server.a", 1).at(1).saw("server.b", 1)

    assert [deed.name for deed in deeds(built) if isinstance(deed, Say)] == ["b"]


def test_what_is_said_to_nobody_is_not_said_again():
    trace = TraceBuilder().connects().saw("wire.closed", 1, code=1006, by="client").saw("server.late", 1).ends()

    assert "server.late" not in [event.kind for event in audible(trace).events]
    assert len(script_of(trace).connections) == 1


def test_a_fault_of_certificates_cannot_be_replayed():
    trace = TraceBuilder(case(faults=(fault(Tls(fault="expired")),))).ends()

    with pytest.raises(TraceError, match="Play it again: deadair rerun"):
        script_of(trace)


def test_a_trace_from_nowhere_has_a_script_as_well():
    """What a trace of another hand may hold: numbers that never began, fields of any kind, faults that are not there."""
    built = TraceBuilder().saw("wire.open", 7).saw("wire.closed", 9, by=["?"]).saw("fault.unknown.x.y", 3)
    built.saw("server.a", 4, audio="no positions").saw("wire", 1).saw("client.", 1).connects(2)
    built.saw("server.", 2, audio=[[8, 0]]).saw("wire.refused", 2, status=None)

    assert script_of(built.trace()).connections == (Refused(status=None),)


@pytest.mark.parametrize(
    "audio", [[[0, 1 << 50]], [[-8, 0]], [[8, 0]], [[True, 8]], [[0, 8, 16]], "no", [[0, 1 << 24], [0, 8]]]
)
def test_audio_that_nobody_can_have_said_is_no_audio(audio: object):
    say = deeds(TraceBuilder().connects().saw("server.a", 1, audio=audio))[-1]

    assert say == Say(name="a", fields={"audio": audio})


@pytest.mark.parametrize("code", [None, "1000", 1006, 1015, 2000, 99_999, -1, True])
def test_a_close_code_that_cannot_be_sent_is_the_end_without_one(code: object):
    assert deeds(TraceBuilder().connects().saw("wire.closed", 1, code=code, by="server"))[-1] == Hang(code=1006)


@pytest.mark.parametrize("status", ["429", 99, 10**9, 1.5])
def test_a_status_that_cannot_be_answered_is_503(status: object):
    built = TraceBuilder().saw("wire.attempt", 1).saw("wire.refused", 1, status=status, retry_after_us=-1)

    assert script_of(built.ends()).connections == (Refused(status=503),)
