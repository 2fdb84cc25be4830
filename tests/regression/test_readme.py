"""The page about regressions says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.regression
from harness.regression.change import Weight
from harness.regression.gate import ALPHA, RATIO_MIN, SAMPLES_MIN, SHIFT_US_MIN
from harness.regression.profile import SMALL_US
from harness.regression.timings import KINDS
from harness.regression.words import SIGNS

PAGE = (Path(harness.regression.__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("weight", Weight)
def test_every_weight_is_explained(weight: Weight) -> None:
    assert f"| {SIGNS[weight]} {weight.value} |" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_time_is_explained(kind: str) -> None:
    assert f"| `{kind}` |" in PAGE


@pytest.mark.parametrize(
    "said",
    [
        f"at least {SAMPLES_MIN} samples",
        f"p < {ALPHA:g}",
        f"by {RATIO_MIN - 1:.0%}".replace("%", " %"),
        f"by {SHIFT_US_MIN // 1000} ms",
        f"less than {SMALL_US // 1000} ms",
    ],
)
def test_every_limit_is_named(said: str) -> None:
    assert said in PAGE
