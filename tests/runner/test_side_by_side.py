"""When cases start on the real clock, so that they end together and do not all begin at once; and what is behind which proxy."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from harness.runner.side_by_side import CROWD, STARTS_APART_S, starts_s, why_embedded
from harness.scenario.model import Case, End, Expect, Fault, StopReading, Trigger


def case(by_s: float) -> Case:
    return Case(
        id="f.yaml::s",
        place="f.yaml:1",
        scenario="s",
        provider="deepgram",
        expect=Expect(end=End(state="active", by_us=round(by_s * 1e6))),
    )


def test_the_longest_case_starts_at_once() -> None:
    assert starts_s([case(10), case(60), case(20)])[1] == 0


def test_a_shorter_case_waits_no_longer_than_it_is_shorter() -> None:
    by_s = [80, 60, 60.3, 20, 20, 79.9]

    starts = starts_s([case(by) for by in by_s])

    assert all(start + by <= 80 + STARTS_APART_S for start, by in zip(starts, by_s, strict=True))


def test_cases_of_one_length_start_a_little_apart() -> None:
    assert starts_s([case(20)] * 4) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_a_crowd_never_starts_in_a_burst() -> None:
    """200 short cases beside one long one: their time to start runs out for all of them at once."""
    starts = sorted(starts_s([case(60)] + [case(30)] * 200))

    assert all(later - sooner >= 0.3 - 1e-9 for sooner, later in pairwise(starts[CROWD + 1 :]))


def test_no_cases_need_no_start() -> None:
    assert starts_s([]) == []


# ── which proxy ──────────────────────────────────────────────────────────────


def unread(case: Case) -> Case:
    fault = Fault(id="f", trigger=Trigger(at_us=1), do=StopReading())
    return case.model_copy(update={"faults": (fault,)})


def test_an_ordinary_case_is_played_behind_a_toxiproxy_that_others_share() -> None:
    assert why_embedded(case(10), "127.0.0.1:8474") is None


def test_a_case_that_may_freeze_toxiproxy_is_kept_from_one_that_others_share() -> None:
    assert why_embedded(unread(case(10)), "127.0.0.1:8474") == "it could freeze the Toxiproxy for all others"


def test_a_case_that_may_freeze_toxiproxy_gets_one_of_its_own_where_there_is_a_program() -> None:
    assert why_embedded(unread(case(10)), sys.executable) is None
