"""Two runs on the virtual clock: what counts as a change, and in which words."""

from __future__ import annotations

import pytest

from harness.expectations import Verdict
from harness.regression.change import Weight
from harness.regression.exact import exact_changes, first_divergence
from harness.regression.shape import Order, Shape, broken_shape
from tests.support.regressions import BACK, CUT, shape


def said(base: Shape, new: Shape) -> list[tuple[Weight, str]]:
    return [(change.weight, change.sentence) for change in exact_changes(base, new)]


def test_two_equal_runs_differ_in_nothing() -> None:
    assert said(shape(), shape()) == []


def test_a_pass_that_became_a_fail_is_worse_and_says_why() -> None:
    assert said(shape(), shape(fails="backoff")) == [(Weight.WORSE, "passed, and now fails: the 1st wait was wrong")]


def test_a_fail_that_became_a_pass_is_better() -> None:
    assert said(shape(fails="backoff"), shape())[0][0] is Weight.BETTER


def test_one_more_broken_expectation_is_worse() -> None:
    assert said(shape(fails="backoff"), shape(fails="backoff I11")) == [
        (Weight.WORSE, "still fails, and now by I11 as well")
    ]


def test_one_broken_expectation_less_is_better() -> None:
    assert said(shape(fails="backoff I11"), shape(fails="backoff"))[0][0] is Weight.BETTER


def test_other_broken_expectations_are_different() -> None:
    assert said(shape(fails="backoff"), shape(fails="audio"))[0][0] is Weight.DIFFERENT


def test_the_same_fail_in_other_words_is_no_change() -> None:
    assert said(shape(fails="audio", because="41 ms"), shape(fails="audio", because="42 ms")) == []


@pytest.mark.parametrize("base", [shape(), shape(fails="audio")], ids=["pass", "fail"])
def test_what_cannot_be_judged_any_more_cannot_be_said(base: Shape) -> None:
    assert said(base, broken_shape("the host was slow"))[0][0] is Weight.UNKNOWN


def test_what_could_not_be_judged_before_is_no_regression() -> None:
    assert said(broken_shape("the host was slow"), broken_shape("and it is again")) == []


def test_a_longer_wait_is_worse_and_is_named() -> None:
    assert said(shape(waits_s=(1, 2, 4)), shape(waits_s=(1, 3, 6))) == [
        (Weight.WORSE, "the 2nd wait took 2 s, and now 3 s")
    ]


def test_shorter_waits_are_better() -> None:
    assert said(shape(waits_s=(1.5, 3)), shape(waits_s=(1, 2)))[0][0] is Weight.BETTER


def test_waits_that_are_partly_longer_and_partly_shorter_are_different() -> None:
    assert said(shape(waits_s=(1, 2)), shape(waits_s=(2, 1)))[0][0] is Weight.DIFFERENT


def test_the_same_change_has_the_same_words_whatever_the_latency_was() -> None:
    one = said(shape(waits_s=(1.0012,)), shape(waits_s=(1.5009,)))

    assert one == said(shape(waits_s=(1.0001,)), shape(waits_s=(1.5,)))


def test_a_wait_that_moved_by_less_than_two_milliseconds_is_only_noted() -> None:
    assert said(shape(waits_s=(1,)), shape(waits_s=(1.0019,))) == [(Weight.NOTED, "waits moved by less than 2 ms")]


def test_a_wait_that_moved_by_two_milliseconds_is_told() -> None:
    assert said(shape(waits_s=(1,)), shape(waits_s=(1.002,)))[0][0] is Weight.WORSE


def test_fewer_waits_are_different() -> None:
    assert said(shape(waits_s=(1, 2)), shape(waits_s=(1,))) == [(Weight.DIFFERENT, "waited twice, and now once")]


def test_of_fewer_and_longer_waits_both_are_told() -> None:
    assert [words for _, words in said(shape(waits_s=(1, 2)), shape(waits_s=(1.5,)))] == [
        "the 1st wait took 1 s, and now 1.5 s",
        "waited twice, and now once",
    ]


def test_more_lost_speech_is_worse() -> None:
    assert said(shape(), shape(caller_lost=200)) == [
        (Weight.WORSE, "0 ms of the caller's speech was lost, and now 200 ms")
    ]


def test_less_repeated_speech_is_better() -> None:
    assert said(shape(agent_repeated=40), shape())[0][0] is Weight.BETTER


def test_another_order_names_where_the_two_part() -> None:
    assert said(shape(), shape(order=(*CUT, "connection.failed"))) == [
        (Weight.DIFFERENT, "after connection.reconnecting 1 came wire.attempt, and now comes connection.failed")
    ]


def test_other_messages_are_different() -> None:
    told = said(shape(), shape(sent=("connection 1", "client.response.create")))

    assert told[0][0] is Weight.DIFFERENT
    assert "client.session.update, and now comes client.response.create" in told[0][1]


def test_of_several_events_of_a_kind_the_one_before_the_parting_is_numbered() -> None:
    base, new = Order.of(("try", "fail", "try", "fail", "back")), Order.of(("try", "fail", "try", "fail"))

    assert first_divergence(base, new) == "after the 2nd fail came back, and now comes nothing more"


def test_orders_can_part_at_the_beginning() -> None:
    assert first_divergence(Order.of("ab"), Order.of("xb")) == "at the beginning came a, and now comes x"


def test_orders_that_part_behind_what_was_kept_are_told_so() -> None:
    base, new = Order.of([*BACK * 100, "one"]), Order.of([*BACK * 100, "other"])

    assert first_divergence(base, new) == "the order changed behind the first 200 events"


def test_of_an_order_of_which_only_the_mark_was_kept_nothing_is_made_up() -> None:
    assert "play both versions" in first_divergence(Order(mark="12"), Order.of(BACK))


def test_every_pair_of_verdicts_is_either_equal_or_told() -> None:
    shapes = {Verdict.PASS: shape(), Verdict.FAIL: shape(fails="audio"), Verdict.INCONCLUSIVE: broken_shape("slow")}

    silent = [
        (one, other)
        for one in shapes
        for other in shapes
        if one is not other and "verdict" not in {change.what for change in exact_changes(shapes[one], shapes[other])}
    ]

    assert silent == []
