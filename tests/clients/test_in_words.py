"""What a client raised, in words."""

from __future__ import annotations

from harness.clients.in_words import CAUSES_MAX, in_words


def test_an_error_is_told_by_its_type_and_its_words():
    assert in_words(ConnectionError("gone")) == "ConnectionError: gone"


def test_what_an_error_was_raised_from_is_told_behind_it():
    try:
        try:
            raise ConnectionResetError("received 1008 (policy violation)")
        except ConnectionResetError as lost:
            raise RuntimeError("closed with unsent messages") from lost
    except RuntimeError as wrapped:
        told = in_words(wrapped)

    expected = (
        "RuntimeError: closed with unsent messages, caused by ConnectionResetError: received 1008 (policy violation)"
    )
    assert told == expected


def test_an_error_that_merely_happened_meanwhile_is_no_cause():
    try:
        try:
            raise KeyError("a slip")
        except KeyError:
            raise ConnectionError("gone") from None
    except ConnectionError as error:
        told = in_words(error)

    assert told == "ConnectionError: gone"


def test_an_error_that_is_its_own_cause_comes_to_an_end():
    error = ConnectionError("again")
    error.__cause__ = error

    assert in_words(error).count("again") == CAUSES_MAX


def test_an_error_whose_words_raise_is_told_by_its_type():
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert in_words(MuteError()) == "MuteError: <its words raised RuntimeError>"
