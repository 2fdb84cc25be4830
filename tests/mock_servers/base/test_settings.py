"""Settings: what can be set is read off the dataclass, and what somebody wrote is checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from mock_servers.base.settings import BadSetting, listed, read_settings, settings_in, written_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    session_cap_s: float = 600.0
    """The session ends after so many seconds;
    0 for never."""

    message_bytes_max: int = 1024
    """The longest message."""

    kilobits_per_s: int = 64
    """How fast."""

    strict: bool = False
    """Whether unknown fields are refused."""

    order: Literal["early", "late"] = "late"
    """When the transcript comes."""

    model: str = "nova-3"
    """Who listens."""

    def __post_init__(self) -> None:
        if self.model == "nobody":
            raise ValueError("nobody listens to nobody")


def read(**given: object) -> Settings:
    return read_settings(Settings, given, whose="parrot")


def message(**given: object) -> str:
    with pytest.raises(BadSetting) as raised:
        read(**given)
    return str(raised.value)


def test_what_is_not_set_keeps_its_default() -> None:
    assert read() == Settings()


def test_texts_become_what_the_field_takes() -> None:
    read_from_texts = read(session_cap_s="1.5", message_bytes_max="7", strict="true", order="early", model="x")

    assert read_from_texts == Settings(session_cap_s=1.5, message_bytes_max=7, strict=True, order="early", model="x")


def test_values_are_taken_as_they_are() -> None:
    assert read(session_cap_s=2, message_bytes_max=7, strict=True) == Settings(
        session_cap_s=2.0, message_bytes_max=7, strict=True
    )


def test_a_whole_number_of_seconds_is_a_float_all_the_same() -> None:
    assert isinstance(read(session_cap_s=90).session_cap_s, float)


def test_an_unknown_name_is_told_the_nearest_and_all_there_are() -> None:
    assert message(sesion_cap_s=1) == (
        "parrot has no setting 'sesion_cap_s'; did you mean 'session_cap_s'? "
        "It has: session_cap_s, message_bytes_max, kilobits_per_s, strict, order, model"
    )


@pytest.mark.parametrize("value", ["90s", "-1", "", "1_0", "inf", "nan", True, None, -1.0, "٣"])
def test_what_is_no_number_of_the_unit_in_the_name_is_refused(value: object) -> None:
    assert message(session_cap_s=value) == (
        f"session_cap_s cannot be {value!r}: it takes a number of seconds, at least 0, for example 600"
    )


def test_a_unit_in_the_middle_of_a_name_is_found() -> None:
    assert "a whole number of bytes, at least 0" in message(message_bytes_max="64KB")


def test_a_rate_is_no_number_of_seconds() -> None:
    assert "it takes a whole number, at least 0" in message(kilobits_per_s="1.5")


@pytest.mark.parametrize("value", ["yes", "1", 1, "True"])
def test_what_is_neither_true_nor_false_is_refused(value: object) -> None:
    assert message(strict=value) == f"strict cannot be {value!r}: it takes true or false, for example false"


def test_a_word_that_is_none_of_the_few_is_refused() -> None:
    assert message(order="never") == "order cannot be 'never': it takes one of early, late, for example late"


def test_a_text_is_a_text() -> None:
    assert message(model=3) == "model cannot be 3: it takes a text, for example nova-3"


def test_what_the_dataclass_itself_refuses_says_whose_it_is() -> None:
    assert message(model="nobody") == "parrot: nobody listens to nobody"


def test_the_list_has_name_default_words_and_meaning() -> None:
    assert "\n".join(listed(Settings)).startswith(
        "session_cap_s=600\n    The session ends after so many seconds; 0 for never.\n"
        "message_bytes_max=1024\n    The longest message.\n"
    )
    assert "order=late  (early, late)" in listed(Settings)


def test_the_later_of_two_values_for_one_name_holds() -> None:
    assert written_settings(["a=1", "b = x=y", "a=2"]) == {"a": "2", "b": "x=y"}


@pytest.mark.parametrize("written", ["session_cap_s", "=90", " =90"])
def test_what_sets_nothing_is_refused(written: str) -> None:
    with pytest.raises(BadSetting, match="write NAME=VALUE"):
        written_settings([written])


def test_a_field_that_nobody_could_write_is_the_programmers_mistake() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Odd:
        pauses: tuple[int, ...] = ()

    with pytest.raises(TypeError, match="'pauses'"):
        settings_in(Odd)
