"""The six examples of the format load as they stand, and say what they look like."""

from pathlib import Path

from harness.scenario import Case, load
from harness.scenario.model import (
    BadFrame,
    Blackhole,
    Bound,
    CloseFrame,
    Down,
    GoAway,
    Http,
    Matcher,
    Refuse,
    Reset,
    Step,
    Tolerance,
    ToxicAction,
)
from tests.support.examples import EXAMPLES, example


def cases(name: str) -> tuple[Case, ...]:
    return load([example(name)], root=example(name).parent).checked()


def test_every_example_loads_without_a_mistake():
    loaded = load(EXAMPLES, root=Path(__file__).parent.parent.parent)

    assert loaded.errors == ()
    assert len(EXAMPLES) == 6
    assert len(loaded.cases) == 24


def test_a_list_of_providers_gives_a_case_for_each():
    assert [case.id for case in cases("gives_up.yaml")] == [
        "gives_up.yaml::gives up only after 1+2+4+8+16[provider=gemini-live]",
        "gives_up.yaml::gives up only after 1+2+4+8+16[provider=openai-realtime]",
        "gives_up.yaml::gives up only after 1+2+4+8+16[provider=deepgram]",
    ]


def test_the_ladder_is_read_as_microseconds_with_its_tolerance():
    backoff = cases("gives_up.yaml")[0].expect.backoff

    assert backoff is not None
    assert backoff.waits_us == (1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000)
    assert backoff.each == Tolerance(share_min=0.95, share_max=1.05)


def test_a_bare_count_asks_for_exactly_that():
    assert cases("gives_up.yaml")[0].expect.count == {
        "wire.attempt": Bound(op="==", value=6),
        "connection.failed": Bound(op="==", value=1),
    }


def test_fields_of_a_matcher_keep_their_kinds():
    order = cases("gives_up.yaml")[0].expect.order

    assert order is not None
    assert order.lines[0].match == Matcher(event="connection.reconnecting", fields={"attempt": 1, "backoff_delay": 1.0})


def test_a_fault_without_an_id_is_named_by_its_action():
    (fault,) = cases("gives_up.yaml")[0].faults

    assert fault.id == "down"
    assert fault.do == Down()


def test_matrix_values_are_put_in_as_values():
    case = cases("retry_after.yaml")[4]

    assert case.id.endswith("[wait=3s,form=header-date]")
    assert case.faults[1].do == Http(status=429, retry_after_us=3_000_000, form="header-date")


def test_matrix_values_are_put_in_inside_a_text():
    order = cases("retry_after.yaml")[4].expect.order

    assert order is not None
    assert order.lines[2].gap == Bound(op=">=", value=3_000_000)


def test_after_alone_counts_from_the_fault_before():
    reset, refuse = cases("replay.yaml")[0].faults

    assert reset.do == Reset()
    assert reset.trigger.at_us == 2_000_000
    assert refuse.do == Refuse()
    assert refuse.trigger.after_us == 0
    assert refuse.trigger.at_us is None
    assert refuse.for_us == 1_500_000


def test_a_step_says_speech_for_so_long():
    assert cases("replay.yaml")[0].script == (Step(at_us=200_000, say_us=6_000_000),)


def test_no_script_is_none():
    assert cases("gives_up.yaml")[0].script is None


def test_a_fault_can_wait_for_the_fault_above():
    warn, cut = cases("go_away.yaml")[0].faults

    assert warn.do == GoAway(time_left_us=10_000_000)
    assert warn.trigger.when == Matcher(event="server.serverContent", nth=25)
    assert cut.trigger.when == Matcher(event="fault.warn")
    assert cut.trigger.after_us == 10_000_000
    assert cut.do == CloseFrame(code=1011, reason="deadline expired")
    assert cut.allow_unfired


def test_within_belongs_to_the_line_and_not_to_the_matcher():
    order = cases("go_away.yaml")[0].expect.order

    assert order is not None
    assert order.lines[1].match == Matcher(event="wire.ready")
    assert order.lines[1].within_us == 9_000_000


def test_each_bad_frame_is_a_case():
    assert [case.faults[0].do for case in cases("bad_frame.yaml")] == [
        BadFrame(frame="truncated-json"),
        BadFrame(frame="binary-frame"),
        BadFrame(frame="wrong-utf8"),
        BadFrame(frame="oversize"),
    ]


def test_defaults_reach_every_scenario_of_the_file():
    assert {case.provider for case in cases("slow_link.yaml")} == {"gemini-live", "openai-realtime", "deepgram"}
    assert all(case.expect.end.by_us == 60_000_000 for case in cases("slow_link.yaml"))


def test_the_blocks_of_expect_are_joined_with_the_defaults():
    expect = cases("slow_link.yaml")[0].expect

    assert expect.never[0].match == Matcher(event="connection.failed")
    assert expect.audio is not None


def test_toxics_are_given_in_toxiproxys_own_units():
    latency, bandwidth = cases("slow_link.yaml")[0].faults

    assert latency.do == ToxicAction(type="latency", attributes={"latency": 400, "jitter": 150})
    assert bandwidth.do == ToxicAction(type="bandwidth", attributes={"rate": 64})


def test_a_case_says_where_its_scenario_stands():
    assert [case.place for case in cases("slow_link.yaml")[::3]] == ["slow_link.yaml:6", "slow_link.yaml:13"]


def test_blackhole_is_read_from_a_bare_word():
    assert cases("slow_link.yaml")[3].faults[0].do == Blackhole()
