"""Resampling: lengths, values, and that no cut can be heard."""

from __future__ import annotations

import array
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.resample import Resampler


def tone(*, rate_hz: int, seconds: float = 0.5, pitch_hz: float = 440.0) -> bytes:
    samples = (round(12_000 * math.sin(2 * math.pi * pitch_hz * n / rate_hz)) for n in range(round(rate_hz * seconds)))
    return array.array("h", samples).tobytes()


@given(st.binary(max_size=2000))
def test_at_equal_rates_the_bytes_pass_unchanged(pcm):
    assert Resampler(from_hz=24_000, to_hz=24_000).resample(pcm) == pcm


@given(st.lists(st.integers(min_value=0, max_value=700), max_size=20), st.sampled_from([8_000, 16_000, 44_100, 48_000]))
def test_the_cuts_make_no_difference(cuts, from_hz):
    pcm = tone(rate_hz=from_hz, seconds=0.05)
    resampler = Resampler(from_hz=from_hz, to_hz=24_000)
    pieces, at = [], 0
    for cut in [*cuts, len(pcm)]:
        pieces.append(resampler.resample(pcm[at : at + cut]))
        at += cut

    assert b"".join(pieces) == Resampler(from_hz=from_hz, to_hz=24_000).resample(pcm)


@pytest.mark.parametrize("from_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_and_its_length(from_hz):
    out = array.array("h", Resampler(from_hz=from_hz, to_hz=24_000).resample(tone(rate_hz=from_hz)))
    wanted = array.array("h", tone(rate_hz=24_000))

    assert abs(len(out) - len(wanted)) <= 3
    worst = max(abs(a - b) for a, b in zip(out, wanted, strict=False))
    assert worst < 600
