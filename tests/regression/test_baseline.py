"""The baseline file: small, sorted, reviewable; and whatever is done to it is answered clearly."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.expectations import Verdict
from harness.regression.baseline import Baseline, BaselineError, read, written
from harness.regression.profile import Profile
from harness.regression.shape import broken_shape
from tests.support.regressions import HOSTILE, case, run, scattered, shape

MANY = (
    case(run(), case_id="b.yaml::two"),
    case(run(shape(fails="backoff I11", waits_s=(1, 2.5), caller_lost=40)), case_id="b.yaml::one"),
    case(run(seed=0), run(seed=1), run(shape(waits_s=(3,)), seed=2), case_id="a.yaml::seeds"),
    case(*scattered("outage", 1000, times=3), case_id="a.yaml::seeds", clock="real"),
)


def text_of(*profiles: Profile) -> str:
    return written(agreed(*profiles))


def agreed(*profiles: Profile, yardstick_us: tuple[int, ...] = ()) -> Baseline:
    return Baseline(profiles={each.key: each for each in profiles}, yardstick_us=yardstick_us)


def profiles_in(text: str) -> list[Profile]:
    return list(read(text, name="deadair.baseline").profiles.values())


def test_a_baseline_reads_well(golden: Callable[[str, str], None]) -> None:
    golden("regression/deadair.baseline", text_of(*MANY))


def test_what_was_written_is_read_back() -> None:
    back = profiles_in(text_of(*MANY))

    assert text_of(*back) == text_of(*MANY)
    assert sorted(back, key=lambda each: each.key) == sorted(MANY, key=lambda each: each.key)


def test_the_yardstick_is_read_back() -> None:
    assert read(written(agreed(*MANY, yardstick_us=(301, 302))), name="x").yardstick_us == (301, 302)


def test_a_case_that_changes_is_one_line_in_the_diff() -> None:
    before = text_of(*MANY).splitlines()

    after = text_of(case(run(shape(waits_s=(2,))), case_id="b.yaml::two"), *MANY[1:]).splitlines()

    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_in_which_order_cases_were_played_does_not_matter() -> None:
    assert text_of(*reversed(MANY)) == text_of(*MANY)


def test_a_usual_case_has_less_than_a_kilobyte() -> None:
    assert len(text_of(case())) < 1000


def test_a_line_that_was_left_empty_is_no_mistake() -> None:
    assert len(profiles_in(text_of(*MANY) + "\n\n")) == len(MANY)


@given(st.text(), st.lists(st.text(max_size=20), max_size=5))
def test_whatever_names_and_events_hold_is_read_back(name: str, words: list[str]) -> None:
    odd = case(run(shape(order=words)), case_id=name)

    encoded = text_of(odd).encode("utf-8", errors="backslashreplace")

    assert profiles_in(encoded.decode()) == [odd]


def test_hostile_names_stay_within_their_line() -> None:
    assert len(text_of(case(run(shape(fails="audio", because=HOSTILE)), case_id=HOSTILE)).splitlines()) == 2


# ── updating ─────────────────────────────────────────────────────────────────

OLD, NEW = case(case_id="a::old"), case(case_id="a::new")
REAL, OTHER_REAL = case(case_id="a::real", clock="real"), case(case_id="a::other", clock="real")


def test_what_was_not_played_again_stays() -> None:
    assert list(agreed(OLD).updated(agreed(NEW)).profiles.values()) == [OLD, NEW]


def test_pruned_it_goes() -> None:
    assert list(agreed(OLD).updated(agreed(NEW), prune=True).profiles.values()) == [NEW]


def test_what_is_inconclusive_replaces_nothing() -> None:
    unclear = case(run(broken_shape("slow")), case_id="a::old", verdict=Verdict.INCONCLUSIVE)

    assert list(agreed(OLD).updated(agreed(unclear)).profiles.values()) == [OLD]


@pytest.mark.parametrize(
    ("before", "after", "yardstick_us"),
    [
        (OLD, REAL, (2,)),
        (REAL, NEW, (1,)),
        (REAL, REAL, (2,)),
        (REAL, OTHER_REAL, ()),
    ],
    ids=["the first times", "no new times", "all times anew", "times from two days"],
)
def test_the_yardstick_is_that_beside_which_the_times_were_measured(
    before: Profile, after: Profile, yardstick_us: tuple[int, ...]
) -> None:
    told = agreed(before, yardstick_us=(1,)).updated(agreed(after, yardstick_us=(2,)))

    assert told.yardstick_us == yardstick_us


# ── files that are wrong ─────────────────────────────────────────────────────

FIRST = '{"deadair_baseline": 1}\n'
LINE = json.loads(text_of(case()).splitlines()[1])


def changed(**fields: object) -> str:
    return FIRST + json.dumps({**LINE, **fields})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this file is empty"),
        ("hello", ":1: this line is no JSON"),
        ("[]", ":1: this line is no JSON object"),
        ("{}", ":1: this is no baseline of deadair"),
        ('{"deadair_baseline": 2}', ":1: this baseline has version 2"),
        ('{"deadair_baseline": "\\u001b[31m"}', ":1: this baseline has version"),
        (FIRST + "<<<<<<< HEAD", ":2: here two versions were merged"),
        (FIRST + "{", ":2: this line is no JSON"),
        (FIRST + "[" * 100_000, ":2: this line is no JSON"),
        (FIRST + '{"case": NaN}', ":2: this line is no JSON: NaN is no number"),
        (FIRST + '{"case": ' + "9" * 5000 + "}", ":2: "),
        (FIRST + "{}", ":2: 'case' is wrong"),
        (changed(case=7), ":2: 'case' is wrong"),
        (changed(clock="sundial"), ":2: 'clock' is wrong"),
        (changed(verdict="maybe"), ":2: 'verdict' is wrong"),
        (changed(runs=[]), ":2: 'runs' is wrong"),
        (changed(surprise=1), ":2: 'surprise' is wrong"),
        (changed(runs=[{**LINE["runs"][0], "waits_us": [-1]}]), ":2: 'runs.0.waits_us.0' is wrong"),
        (changed(runs=[{**LINE["runs"][0], "waits_us": [1e400]}]).replace("Infinity", "1e400"), ":2: "),
        (text_of(case()) + text_of(case()).splitlines()[1], ":3: 'calls.yaml::a call' stands in this file twice"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_place_and_the_way_out(text: str, says: str) -> None:
    with pytest.raises(BaselineError) as caught:
        read(text, name="deadair.baseline")

    assert says in f":{str(caught.value).partition(':')[2]}" or says in str(caught.value)
    assert str(caught.value).startswith("deadair.baseline:")
    assert str(caught.value).endswith("Make it anew with 'deadair baseline update'.")
    assert len(str(caught.value)) < 1000
