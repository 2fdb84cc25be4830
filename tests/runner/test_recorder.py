from __future__ import annotations

from harness.runner.recorder import Recorder
from harness.runner.telling import json_safe
from harness.trace import Event


def recorder(write=None) -> Recorder:
    return Recorder(now_us=lambda: 7, write=write)


def test_what_a_listener_causes_reaches_every_listener_after_what_caused_it() -> None:
    record = recorder()
    heard: list[str] = []

    def answer(event: Event) -> None:
        if event.kind == "wire.open":
            record.tell("fault.cut")

    record.subscribe(answer)
    record.subscribe(lambda event: heard.append(event.kind))

    record.tell("wire.open")

    assert heard == ["wire.open", "fault.cut"]
    assert [event.kind for event in record.events] == heard


def test_each_event_is_written_as_it_comes() -> None:
    written: list[Event] = []
    record = recorder(written.append)

    record.tell("wire.attempt", connection=1, fields={"endpoint": "session"})

    assert written == [Event(at_us=7, kind="wire.attempt", connection=1, fields={"endpoint": "session"})]


def test_what_a_held_event_causes_comes_behind_all_that_was_held() -> None:
    times_us = iter(range(10))
    record = Recorder(now_us=lambda: next(times_us))

    def answer(event: Event) -> None:
        if event.kind == "wire.ready":
            record.tell("run.state")

    record.hold()
    record.tell("wire.ready")
    record.tell("connection.connecting")
    record.subscribe(answer)
    record.release()
    record.tell("run.stop")

    assert [(event.at_us, event.kind) for event in record.events] == [
        (0, "wire.ready"),
        (1, "connection.connecting"),
        (2, "run.state"),
        (3, "run.stop"),
    ]


def test_nothing_is_recorded_once_the_run_is_over() -> None:
    record = recorder()

    record.close()
    record.tell("wire.closed")

    assert record.events == []


def test_what_no_json_can_hold_is_told_in_words() -> None:
    circle: list[object] = []
    circle.append(circle)

    assert json_safe({"audio": b"123", "rate": float("nan"), 3: (1, 2)}) == {
        "audio": "<3 bytes>",
        "rate": "nan",
        "3": [1, 2],
    }
    assert "list" in str(json_safe(circle))
    assert json_safe(object()) == "object"
