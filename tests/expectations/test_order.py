from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.expectations import Finding, Verdict
from harness.expectations.order import check
from harness.scenario.model import Bound, Line, Matcher, Order
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case


def line(
    event: str,
    *,
    nth: int = 1,
    optional: bool = False,
    gap: Bound | None = None,
    within_us: int | None = None,
    **fields: Any,
) -> Line:
    return Line(match=Matcher(event=event, nth=nth, fields=fields), optional=optional, gap=gap, within_us=within_us)


def group(*events: str, within_us: int | None = None) -> Line:
    return Line(any_order=tuple(Matcher(event=event) for event in events), within_us=within_us)


def found(trace: Trace, *lines: Line, exactly: bool = False) -> Finding:
    (finding,) = check(case(order=Order(lines=lines, exactly=exactly)), trace)
    return finding


def story(*kinds: str) -> Trace:
    """Events of these kinds, a second apart."""
    built = TraceBuilder()
    for second, kind in enumerate(kinds, start=1):
        built.at(second).saw(kind)
    return built.ends()


LADDER = (
    TraceBuilder()
    .at(1)
    .saw("connection.reconnecting", attempt=1)
    .at(2)
    .saw("wire.attempt", 2)
    .at(2.5)
    .saw("connection.reconnecting", attempt=2)
    .at(4.5)
    .saw("connection.reconnected", attempts=2)
    .ends()
)


def test_lines_may_have_other_events_between_them() -> None:
    finding = found(LADDER, line("connection.reconnecting", attempt=1), line("connection.reconnected"))

    assert finding.verdict is Verdict.PASS


def test_lines_in_the_wrong_order_break_it() -> None:
    finding = found(LADDER, line("connection.reconnected"), line("connection.reconnecting", attempt=1))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == "no connection.reconnecting {attempt: 1} came after connection.reconnected (at 4.5 s)"


def test_a_line_that_is_missing_is_named_with_the_nearest_event_of_its_kind() -> None:
    finding = found(LADDER, line("connection.reconnecting", attempt=1), line("connection.reconnecting", attempt=3))

    assert finding.sentence == (
        "no connection.reconnecting {attempt: 3} came after connection.reconnecting (at 1 s); "
        "the next connection.reconnecting came at 2.5 s with {attempt: 2}"
    )
    assert finding.at_us == 2_500_000


def test_one_event_does_not_stand_for_two_lines() -> None:
    assert found(story("wire.open"), line("wire.open"), line("wire.open")).verdict is Verdict.FAIL


def test_the_nth_is_counted_from_the_line_above() -> None:
    trace = story("wire.attempt", "wire.open", "wire.attempt", "wire.attempt")

    assert found(trace, line("wire.open"), line("wire.attempt", nth=2)).verdict is Verdict.PASS
    assert found(trace, line("wire.open"), line("wire.attempt", nth=3)).verdict is Verdict.FAIL


def test_a_gap_is_kept_by_an_event_that_comes_late_enough() -> None:
    at_least_3_s = Bound(op=">=", value=3_000_000)

    assert (
        found(LADDER, line("connection.reconnecting"), line("connection.reconnected", gap=at_least_3_s)).verdict
        is Verdict.PASS
    )


def test_a_later_event_does_not_make_up_for_one_that_came_too_soon() -> None:
    trace = story("wire.refused", "wire.attempt", "x.y", "x.y", "wire.attempt")

    finding = found(trace, line("wire.refused"), line("wire.attempt", gap=Bound(op=">=", value=3_000_000)))

    assert finding.sentence == "wire.attempt came 1 s after wire.refused, not at least 3 s, at 2 s"


def test_an_event_that_comes_too_late_breaks_within() -> None:
    trace = story("server.goAway", "x.y", "wire.ready")

    finding = found(trace, line("server.goAway"), line("wire.ready", within_us=1_500_000))

    assert finding.sentence == "wire.ready came 2 s after server.goAway, not within 1.5 s, at 3 s"


def test_the_first_line_is_measured_from_the_beginning_of_the_run() -> None:
    assert found(story("wire.open"), line("wire.open", within_us=1_000_000)).verdict is Verdict.PASS
    assert found(story("wire.open"), line("wire.open", within_us=999_999)).verdict is Verdict.FAIL


def test_an_optional_line_may_be_absent() -> None:
    trace = story("a.a", "c.c")

    assert found(trace, line("a.a"), line("b.b", optional=True), line("c.c")).verdict is Verdict.PASS


def test_an_optional_line_is_left_out_where_the_rest_would_not_hold_with_it() -> None:
    trace = story("a.a", "c.c", "b.b")

    assert found(trace, line("a.a"), line("b.b", optional=True), line("c.c")).verdict is Verdict.PASS


def test_a_group_may_come_in_any_order() -> None:
    trace = story("b.b", "a.a", "c.c")

    assert found(trace, group("a.a", "b.b"), line("c.c")).verdict is Verdict.PASS


def test_a_group_is_over_when_its_last_member_came() -> None:
    trace = story("b.b", "c.c", "a.a")

    assert found(trace, group("a.a", "b.b"), line("c.c")).verdict is Verdict.FAIL


def test_every_member_of_a_group_has_an_event_of_its_own() -> None:
    assert found(story("a.a", "b.b"), group("a.a", "a.a")).verdict is Verdict.FAIL


def test_a_group_gives_its_events_to_those_members_that_need_them() -> None:
    wide, narrow = Matcher(event="a.a"), Matcher(event="a.a", fields={"x": 1})
    trace = TraceBuilder().saw("a.a", x=1).saw("a.a", x=2).ends()

    assert found(trace, Line(any_order=(wide, narrow))).verdict is Verdict.PASS


def test_a_group_whose_last_member_is_late_breaks_within() -> None:
    assert found(story("a.a", "x.y", "b.b"), group("a.a", "b.b", within_us=2_000_000)).verdict is Verdict.FAIL


def test_exactly_forbids_another_event_of_the_same_owner() -> None:
    finding = found(LADDER, line("connection.reconnecting", attempt=1), line("connection.reconnected"), exactly=True)

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == (
        "connection.reconnecting came at 2.5 s with {attempt: 2}, and the order allows no other connection event"
    )


def test_exactly_allows_events_of_other_owners() -> None:
    finding = found(LADDER, line("connection.reconnecting", nth=2), line("connection.reconnected"), exactly=True)
    both = found(
        LADDER,
        line("connection.reconnecting"),
        line("connection.reconnecting"),
        line("connection.reconnected"),
        exactly=True,
    )

    assert finding.verdict is Verdict.FAIL
    assert both.verdict is Verdict.PASS


def test_without_an_order_there_is_nothing_to_find() -> None:
    assert list(check(case(), LADDER)) == []


letters = st.lists(st.sampled_from("abcd"), max_size=12)


def is_subsequence(wanted: list[str], given_: list[str]) -> bool:
    rest = iter(given_)
    return all(letter in rest for letter in wanted)


@given(letters, letters)
def test_plain_lines_hold_exactly_where_they_are_a_subsequence(wanted: list[str], seen: list[str]) -> None:
    finding = found(story(*(f"{letter}.x" for letter in seen)), *(line(f"{letter}.x") for letter in wanted))

    assert (finding.verdict is Verdict.PASS) == is_subsequence(wanted, seen)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=7), letters)
def test_optional_lines_hold_where_some_choice_of_them_is_a_subsequence(
    wanted: list[tuple[str, bool]], seen: list[str]
) -> None:
    choices = [[]]
    for letter, optional in wanted:
        choices = [[*choice, letter] for choice in choices] + ([list(choice) for choice in choices] if optional else [])

    finding = found(
        story(*(f"{letter}.x" for letter in seen)),
        *(line(f"{letter}.x", optional=optional) for letter, optional in wanted),
    )

    assert (finding.verdict is Verdict.PASS) == any(is_subsequence(choice, seen) for choice in choices)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), letters)
def test_a_group_holds_where_there_are_enough_events_of_each_kind(members: list[str], seen: list[str]) -> None:
    finding = found(story(*(f"{letter}.x" for letter in seen)), group(*(f"{letter}.x" for letter in members)))

    assert (finding.verdict is Verdict.PASS) == all(seen.count(m) >= members.count(m) for m in members)
