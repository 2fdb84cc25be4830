"""How long a server asks to be left alone."""

from __future__ import annotations

import pytest

from providers.retry_after import duration_s, retry_after_s, spoken_wait_s

NOON = 1_795_348_800.0
"""Sun, 22 Nov 2026 12:00:00 GMT."""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1.0), ("6m0s", 360.0), ("1m26.4s", 86.4), ("12ms", 0.012), ("2h", 7200.0), ("15", 15.0), ("0.500s", 0.5)],
)
def test_a_duration_is_read_in_each_of_its_shapes(text, seconds):
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "-1", "soon", "s", "1 day", "nan", "inf", "5x", "1s!"])
def test_what_is_no_duration_is_none(text):
    assert duration_s(text) is None


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "1", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "1", "x-ratelimit-reset-requests": "6m0s"}, 1.0),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-requests": "-1"}, None),
        ({"x-ratelimit-reset-requests": "0"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_the_headers(headers, wait_s):
    assert retry_after_s(headers, epoch_s=NOON) == wait_s


def test_a_date_is_measured_by_the_servers_own_clock():
    headers = {"date": "Sun, 22 Nov 2026 10:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}

    assert retry_after_s(headers, epoch_s=NOON) == 30.0


def test_a_date_without_a_clock_of_the_server_is_never_read_too_early():
    wait_s = retry_after_s({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, epoch_s=NOON + 0.75)

    assert wait_s == 30.25


def test_a_date_in_the_past_asks_for_no_wait():
    assert retry_after_s({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, epoch_s=NOON) == 0.0


@pytest.mark.parametrize(
    ("message", "wait_s"),
    [
        ("Rate limit reached … Please try again in 1m26.4s. Visit …", 86.4),
        ("Please retry after 20s.", 20.0),
        ("Try again in 250ms.", 0.25),
        ("Try again later.", None),
    ],
)
def test_the_wait_is_read_from_the_words_of_an_error(message, wait_s):
    assert spoken_wait_s(message) == wait_s
