from __future__ import annotations

from harness.reports.lines import printable, shortened


def test_what_can_be_read_stays_as_it_is() -> None:
    assert printable("Grüße, 你好, 👋 ±5 %") == "Grüße, 你好, 👋 ±5 %"


def test_what_would_do_something_is_told_by_its_number() -> None:
    assert printable("\x1b[2J \r\n \u202e \u2028 \ud800 \ufffe \U000e0041") == (
        r"\u001b[2J \u000d\u000a \u202e \u2028 \ud800 \ufffe \U000e0041"
    )


def test_a_short_text_is_not_shortened() -> None:
    assert shortened("abcd", 4) == "abcd"


def test_a_long_text_keeps_its_two_ends() -> None:
    assert shortened("a" * 90 + "z" * 10, 8) == "aaaaaa…zz (100 characters)"
