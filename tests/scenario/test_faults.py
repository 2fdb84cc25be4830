"""A fault's sentence: trigger, place, end."""

from pathlib import Path

from harness.scenario.model import Matcher, Nth, Trigger
from tests.support.scenarios import case_of, fault_of, mistakes_of, scenario


def test_at_counts_from_the_start_of_the_run(tmp_path: Path):
    assert fault_of(tmp_path, "{at: 5s, do: reset}").trigger == Trigger(at_us=5_000_000)


def test_after_beside_at_is_added_to_it(tmp_path: Path):
    assert fault_of(tmp_path, "{at: 5s, after: 2s, do: reset}").trigger == Trigger(at_us=7_000_000)


def test_after_beside_when_stays_with_it(tmp_path: Path):
    assert fault_of(tmp_path, "{when: wire.ready, after: 2s, do: reset}").trigger == Trigger(
        when=Matcher(event="wire.ready"), after_us=2_000_000
    )


def test_when_may_ask_for_the_nth_with_fields(tmp_path: Path):
    fault = fault_of(tmp_path, "{when: {wire.refused: {nth: 3, status: 429}}, do: reset}")

    assert fault.trigger.when == Matcher(event="wire.refused", nth=3, fields={"status": 429})


def test_a_field_may_be_null(tmp_path: Path):
    fault = fault_of(tmp_path, "{when: {wire.refused: {status: null}}, do: reset}")

    assert fault.trigger.when == Matcher(event="wire.refused", fields={"status": None})


def test_a_client_may_tell_fields_of_its_own(tmp_path: Path):
    fault = fault_of(tmp_path, "{when: {connection.failed: {x_region: eu}}, do: reset}")

    assert fault.trigger.when == Matcher(event="connection.failed", fields={"x_region": "eu"})


def test_together_arms_at_once(tmp_path: Path):
    assert fault_of(tmp_path, "{when: wire.ready, together: true, do: reset}").trigger.together


def test_where_a_fault_hits_can_be_said(tmp_path: Path):
    assert fault_of(tmp_path, "{at: 1s, do: reset, on: live}").on == "live"
    assert fault_of(tmp_path, "{at: 1s, do: refuse, on: all}").on == "all"
    assert fault_of(tmp_path, "{at: 1s, do: refuse, on: {nth: 2}}").on == Nth(nth=2)


def test_where_a_fault_hits_is_left_open_by_default(tmp_path: Path):
    assert fault_of(tmp_path, "{at: 1s, do: reset}").on is None


def test_a_lasting_fault_may_end_after_a_time_or_hits_or_at_an_event(tmp_path: Path):
    assert fault_of(tmp_path, "{at: 1s, do: down, for: 3s}").for_us == 3_000_000
    assert fault_of(tmp_path, "{at: 1s, do: refuse, times: 3}").times == 3
    assert fault_of(tmp_path, "{at: 1s, do: down, until: connection.failed}").until == Matcher(
        event="connection.failed"
    )


def test_a_moment_may_come_several_times(tmp_path: Path):
    assert fault_of(tmp_path, "{when: wire.ready, do: reset, times: 3}").times == 3


def test_a_fault_can_wait_for_the_end_of_another(tmp_path: Path):
    fault = fault_of(tmp_path, "{id: cut, at: 1s, do: down, for: 1s}, {when: fault.cut.healed, after: 2s, do: reset}")

    assert fault.trigger.when == Matcher(event="fault.cut.healed")


def test_a_fault_can_wait_for_one_that_stands_below(tmp_path: Path):
    case = case_of(
        tmp_path,
        scenario("faults: [{when: fault.cut, do: drop}, {id: cut, when: wire.ready, together: true, do: reset}]"),
    )

    assert case.faults[0].trigger.when == Matcher(event="fault.cut")


def test_a_scenario_has_at_most_two_hundred_faults(tmp_path: Path):
    most = ", ".join("{at: 1s, do: reset}" for _ in range(200))

    assert len(case_of(tmp_path, scenario(f"faults: [{most}]")).faults) == 200
    assert [error.what for error in mistakes_of(tmp_path, scenario(f"faults: [{most}, {{at: 1s, do: reset}}]"))] == [
        "a scenario has at most 200 faults"
    ]


def test_a_scenario_may_have_no_faults(tmp_path: Path):
    assert case_of(tmp_path, scenario()).faults == ()
