"""What can be set."""

import pytest

from mock_servers.deepgram import Settings


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"idle_s": -1.0}, "idle_s"), ({"speed_max": 0.0}, "speed_max"), ({"concurrent_max": 0}, "concurrent_max"),
        ({"late_finals_s": float("inf")}, "late_finals_s"), ({"token_ttl_s": 0.0}, "token_ttl_s"),
        ({"finalize_unanswered_chance": 1.1}, "finalize_unanswered_chance"),
    ],
)  # fmt: skip
def test_a_value_out_of_its_range_is_named(values: dict, named: str):
    with pytest.raises(ValueError, match=named):
        Settings(**values)
