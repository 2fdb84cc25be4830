"""The keys of a run: what is handed out, what is good, and what the file holds."""

from __future__ import annotations

import stat

from harness.runner.keyring import Keyring


def test_the_key_of_the_moment_is_another_one_after_each_rotation() -> None:
    keys = Keyring("sk-test")
    seen = [keys.fetch()]
    for _ in range(2):
        keys.rotate()
        seen.append(keys.fetch())

    assert len({keys.text, *seen}) == 4
    assert [keys.number(key) for key in (keys.text, *seen)] == [0, 1, 2, 3]


def test_fetching_twice_gives_the_same_key() -> None:
    keys = Keyring("sk-test")

    assert keys.fetch() == keys.fetch()


def test_a_rotation_leaves_no_key_good_that_was_there() -> None:
    keys = Keyring("sk-test")
    former = keys.fetch()

    assert set(keys.rotate()) == {keys.text, former}
    assert keys.fetch() not in {keys.text, former}


def test_a_key_of_somebody_else_has_no_number() -> None:
    assert [Keyring("sk-test").number(key) for key in ("", "sk-test-2", "sk-other")] == [None] * 3


def test_the_file_holds_the_key_of_the_moment() -> None:
    keys = Keyring("sk-test")
    file = keys.written()
    try:
        before = file.read_text()
        keys.rotate()

        assert (before, file.read_text()) == ("sk-test-1", "sk-test-2")
    finally:
        keys.remove()


def test_nobody_else_may_read_the_file() -> None:
    keys = Keyring("sk-test")
    file = keys.written()
    try:
        keys.rotate()

        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        keys.remove()


def test_nothing_is_left_of_the_file() -> None:
    keys = Keyring("sk-test")
    file = keys.written()
    keys.rotate()
    keys.remove()

    assert list(file.parent.glob(f"{file.name}*")) == []
