"""1.25 times as fast as people speak."""

import pytest

from mock_servers.deepgram.pace import Pace


def test_audio_in_real_time_never_waits():
    pace = Pace(0.0)
    for number in range(1, 1_000):
        assert pace.ready_at_s() <= number * 0.02
        pace.worked(0.02, number * 0.02)


def test_a_flood_is_worked_off_at_a_quarter_more_than_real_time():
    pace, now_s = Pace(0.0), 0.0
    for _ in range(1_000):
        now_s = max(now_s, pace.ready_at_s())
        pace.worked(0.1, now_s)

    # One second comes at once; of the other 99, the last piece was still overdrawn.
    assert now_s == pytest.approx((100 - 1 - 0.1) / 1.25, abs=0.1)


def test_time_without_audio_saves_up_one_second_at_most():
    pace = Pace(0.0)
    pace.worked(0.0, 3600.0)
    pace.worked(1.5, 3600.0)

    assert pace.ready_at_s() == pytest.approx(3600.0 + 0.5 / 1.25)
