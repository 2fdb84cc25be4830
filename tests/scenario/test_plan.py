"""Chance with a name: streams that do not move each other, and what they are used for."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import default_turns, seeds, stream
from tests.support.scenarios import case_of, scenario

seeds_ = st.integers(0, 2**63 - 1)
keys = st.lists(st.one_of(st.text(max_size=5), st.integers(-5, 5)), max_size=3)


@given(seeds_, keys)
def test_the_same_seed_and_key_draw_the_same(seed: int, key: list[str | int]):
    assert stream(seed, *key).random() == stream(seed, *key).random()


@given(seeds_, keys, keys)
def test_another_key_draws_otherwise(seed: int, one: list[str | int], other: list[str | int]):
    assert (stream(seed, *one).random() == stream(seed, *other).random()) == (one == other)


def test_a_key_is_not_the_text_of_its_parts():
    assert stream(0, "a", "b").random() != stream(0, "ab").random()
    assert stream(0, 1).random() != stream(0, "1").random()


def test_a_stream_is_the_same_in_every_process():
    program = "from harness.scenario import stream; print(stream(42, 'latency', 1).getrandbits(64))"
    said = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
            timeout=60, cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert said == [f"{stream(42, 'latency', 1).getrandbits(64)}\n"] * 2


def test_the_first_run_has_the_seed_of_the_case(tmp_path: Path):
    case = case_of(tmp_path, scenario("seed: 42", "runs: {times: 3}"))

    assert seeds(case)[0] == 42
    assert len(set(seeds(case))) == 3


def test_more_runs_do_not_change_the_first_ones(tmp_path: Path):
    few = case_of(tmp_path, scenario("seed: 42", "runs: {times: 3}"))
    many = case_of(tmp_path, scenario("seed: 42", "runs: {times: 9}"))

    assert seeds(many)[:3] == seeds(few)


def test_the_default_caller_talks_in_turns():
    assert [(turn.at_us, turn.say_us) for turn in islice(default_turns(), 3)] == [
        (200_000, 1_000_000),
        (5_200_000, 1_000_000),
        (10_200_000, 1_000_000),
    ]
