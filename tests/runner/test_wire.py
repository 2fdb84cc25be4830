"""Attempts as the wire tells them, whatever order the client's sockets and the mock notice them in."""

from __future__ import annotations

from harness.runner.recorder import Recorder
from harness.runner.spoken import Heard
from harness.runner.wire import Wire
from harness.trace import AGENT_STREAM, CALLER_STREAM, speech


class Line:
    """A wire and what it told: `kind(connection, fields)` as short tuples."""

    def __init__(self, heard: Heard | None = None) -> None:
        self.recorder = Recorder(now_us=lambda: 0)
        self.wire = Wire(self.recorder, endpoint="session", heard=lambda connection: heard)

    def opened(self, ticket: int, connection: int) -> None:
        self.wire.connecting(ticket)
        self.wire.connected(ticket)
        self.wire.opened(connection, path="/v1/listen", query=[])

    @property
    def told(self) -> list[tuple[str, int | None]]:
        return [(event.kind, event.connection) for event in self.recorder.events]


def test_a_connection_is_told_from_its_attempt_to_its_end() -> None:
    line = Line()

    line.opened(1, connection=4)
    line.wire.ready(4, resumed=False)
    line.wire.server_closed(4, code=1011, reason="bye", by="server", reset=False)

    assert line.told == [("wire.attempt", 1), ("wire.open", 1), ("wire.ready", 1), ("wire.closed", 1)]
    assert line.recorder.events[-1].fields == {"code": 1011, "reason": "bye", "by": "server"}


def test_a_connection_that_the_proxy_cut_is_not_told_again_when_its_ends_notice() -> None:
    line = Line()
    line.opened(1, connection=1)

    assert line.wire.cut(reset=True) == (1,)
    line.wire.cut_through()
    line.wire.closed(1)
    line.wire.server_closed(1, code=1006, reason="", by="client", reset=False)

    assert line.told == [("wire.attempt", 1), ("wire.open", 1), ("wire.reset", 1)]


def test_a_connection_that_the_proxy_is_asked_to_cut_is_over_when_one_of_its_ends_notices() -> None:
    line = Line()
    line.opened(1, connection=1)

    line.wire.cut(reset=False)
    before = list(line.told)
    line.wire.server_closed(1, code=1006, reason="", by="client", reset=True)
    line.wire.cut_through()

    assert before == [("wire.attempt", 1), ("wire.open", 1)]
    assert line.told == [*before, ("wire.closed", 1)]
    assert line.recorder.events[-1].fields["by"] == "proxy"


def test_a_connection_that_the_proxy_is_cutting_cannot_be_cut_again() -> None:
    line = Line()
    line.opened(1, connection=1)
    line.wire.cut(reset=False)

    assert line.wire.cut(reset=True) == ()


def test_a_refused_attempt_is_seen_only_at_the_client_and_is_told_all_the_same() -> None:
    line = Line()

    line.wire.connecting(1)
    line.wire.refused(1, ConnectionRefusedError(111, "refused"))

    assert line.told == [("wire.attempt", 1), ("wire.refused", 1)]
    assert line.recorder.events[-1].fields["status"] is None


def test_an_attempt_that_the_client_gives_up_before_it_is_open_is_abandoned() -> None:
    line = Line()

    line.wire.connecting(1)
    line.wire.connected(1)
    line.wire.closed(1)

    assert line.told == [("wire.attempt", 1), ("wire.abandoned", 1)]


def test_an_upgrade_belongs_to_the_newest_attempt_that_is_still_waiting() -> None:
    line = Line()
    line.wire.connecting(1)
    line.wire.closed(1)

    line.opened(2, connection=9)

    assert line.told[-1] == ("wire.open", 2)


def test_audio_is_told_as_positions_in_its_speaker_s_stream() -> None:
    line = Line()
    line.opened(1, connection=1)

    line.wire.message(1, side="client", name="Media", body={}, audio=speech(CALLER_STREAM, 640, 1280))
    line.wire.message(1, side="server", name="speak", body={}, audio=speech(AGENT_STREAM, 0, 960))

    assert [event.fields["audio"] for event in line.recorder.events[-2:]] == [[[640, 1280]], [[0, 960]]]


def test_a_call_beside_the_session_belongs_to_no_attempt() -> None:
    line = Line()
    line.opened(1, connection=1)

    line.wire.message(None, side="server", name="speak", body={"status": 200}, audio=speech(AGENT_STREAM, 0, 960))

    assert line.told[-1] == ("server.speak", None)


def test_the_end_of_a_connection_says_what_became_of_the_callers_audio() -> None:
    line = Line(Heard(received_us=100_000, processed_us=75_000, finalised_us=50_000))
    line.opened(1, connection=4)
    line.wire.message(4, side="client", name="Media", body={}, audio=speech(CALLER_STREAM, 0, 3200))

    line.wire.server_closed(4, code=1011, reason="", by="server", reset=False)

    account = line.recorder.events[-1].fields["account"]
    assert account == {
        "received_us": 100_000,
        "processed_us": 75_000,
        "finalised_us": 50_000,
        "unfinalised": [[1600, 3200]],
    }


def test_a_connection_that_was_cut_says_so_too() -> None:
    line = Line(Heard(received_us=100_000, processed_us=100_000, finalised_us=100_000))
    line.opened(1, connection=1)

    line.wire.cut(reset=True)
    line.wire.cut_through()

    assert line.recorder.events[-1].kind == "wire.reset"
    assert line.recorder.events[-1].fields["account"]["unfinalised"] == []


def test_an_attempt_that_never_opened_has_no_account() -> None:
    line = Line(Heard(received_us=1, processed_us=1, finalised_us=1))
    line.wire.connecting(1)
    line.wire.closed(1)

    assert line.recorder.events[-1].fields == {}


def test_a_connection_without_audio_has_no_account() -> None:
    line = Line(Heard(received_us=0, processed_us=0, finalised_us=0))
    line.opened(1, connection=1)
    line.wire.server_closed(1, code=1000, reason="", by="client", reset=False)

    assert "account" not in line.recorder.events[-1].fields
