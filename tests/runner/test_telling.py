"""What a client tells, made fit for a trace."""

from __future__ import annotations

import json
from typing import Any

from harness.runner.telling import CHARACTERS_MAX, VALUES_MAX, client_kind, json_safe, words


def test_a_text_that_is_too_long_is_cut_and_told_by_its_number() -> None:
    told = json_safe({"text": "x" * (CHARACTERS_MAX + 5)})

    assert told["text"].endswith("x… <9 more characters>")


def test_a_list_that_is_too_long_is_cut_and_told_by_its_number() -> None:
    told = json_safe([0] * (VALUES_MAX + 5))

    assert told[-1] == "<6 more>"
    assert len(told) == VALUES_MAX


def test_lists_within_lists_that_would_fill_the_memory_are_bounded() -> None:
    laughs: Any = "ha"
    for _ in range(7):
        laughs = [laughs] * 100

    assert len(json.dumps(json_safe(laughs))) < 10 * VALUES_MAX


def test_an_integer_that_python_does_not_write_is_told_by_its_size() -> None:
    assert json_safe(1 << 20_000) == "<20001 bits>"


def test_a_name_whose_words_raise_does_not_break_the_run() -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert json_safe({Mute(): 1}) == {"<its words raised RuntimeError>": 1}


def test_an_error_without_words_is_told_by_its_type() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert words(MuteError()) == "MuteError: <its words raised RuntimeError>"


def test_a_client_cannot_tell_what_only_the_harness_tells() -> None:
    assert client_kind("wire.ready") == "told.wire.ready"
    assert client_kind("fault.cut") == "told.fault.cut"
    assert client_kind("connection.failed") == "connection.failed"


def test_a_kind_that_is_no_text_is_told_as_one() -> None:
    assert client_kind(7) == "7"
