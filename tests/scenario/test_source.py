"""Hostile and broken YAML: quick, clear, and never more than it looks."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scenario.source import Listing, Scalar, Table, parse
from tests.support.scenarios import mistakes_of


def only_mistake(data: bytes) -> str:
    root, mistakes = parse(data, path="call.yaml")

    assert root is None
    (mistake,) = mistakes
    return f"{mistake.place}: {mistake.what}"


def value(text: str) -> Scalar:
    root, mistakes = parse(f"key: {text}\n".encode(), path="call.yaml")

    assert mistakes == ()
    assert isinstance(root, Table)
    node = root.entries[0].value
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize("text", ["010", "1:30", "on", "NO", "yes", "2026-08-22", "0x1F", "1_000", "~", ".inf", "1e3"])
def test_what_yaml_would_guess_stays_the_text_that_was_written(text: str):
    assert value(text).text == text


def test_quotes_tell_a_text_from_a_value():
    assert value("true").plain
    assert not value('"true"').plain


def test_every_value_knows_its_place():
    root, _ = parse(b"a: 1\nb:\n  - {c: hello}\n", path="call.yaml")

    assert isinstance(root, Table)
    listing = root.get("b")
    assert isinstance(listing, Listing)
    assert isinstance(listing.items[0], Table)
    place = listing.items[0].entries[0].value.place
    assert (place.line, place.column, place.width, place.text) == (3, 9, 5, "  - {c: hello}")


def test_a_megabyte_is_the_largest_file():
    assert "larger than 1 MiB" in only_mistake(b"# " + b"x" * 2 * 1024 * 1024)


def test_a_billion_laughs_end_before_they_begin():
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [
        f"{key}: &{key} [{', '.join(['*' + last] * 9)}]" for last, key in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    assert "more than 20,000 values" in only_mistake("\n".join(lines).encode())


def test_an_anchor_that_contains_itself_is_told():
    assert only_mistake(b"a: &a [1, *a]\n") == "call.yaml:1:11: the anchor '&a' contains itself: it would never end"


def test_an_alias_that_ends_is_read():
    root, mistakes = parse(b"a: &a {x: 1}\nb: *a\n", path="call.yaml")

    assert mistakes == ()
    assert isinstance(root, Table)
    assert root.get("a") is root.get("b")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str):
    assert "nested more than 32 deep" in only_mistake((opening * 50_000).encode())


def test_bytes_that_are_no_text_are_told_with_their_place():
    assert only_mistake(b"a: 1\nb: \xff\xfe\n") == "call.yaml:2:4: the file is not UTF-8 text"


def test_utf16_is_not_utf8():
    assert "not UTF-8" in only_mistake("deadair: 1".encode("utf-16"))


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\ufffe"])
def test_control_characters_are_no_text(character: str):
    assert only_mistake(f"a: b{character}c\n".encode()).startswith("call.yaml:1:5: the character U+")


def test_a_picture_is_no_scenario():
    assert "not UTF-8" in only_mistake(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


def test_a_byte_order_mark_is_let_through():
    root, mistakes = parse(b"\xef\xbb\xbfa: 1\n", path="call.yaml")

    assert mistakes == ()
    assert isinstance(root, Table)
    assert root.entries[0].key.text == "a"


def test_lines_may_end_as_on_windows():
    root, mistakes = parse(b"a: 1\r\nb: 2\r\n", path="call.yaml")

    assert mistakes == ()
    assert isinstance(root, Table)
    assert [entry.key.place.line for entry in root.entries] == [1, 2]


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!int", "!mine", "!!set"]
)
def test_tags_are_not_read(tag: str):
    _, mistakes = parse(f"a: {tag} x\n".encode(), path="call.yaml")

    assert [mistake.what for mistake in mistakes] == ["tags are not read"]


def test_a_key_that_stands_twice_names_the_first():
    _, mistakes = parse(b"a: 1\nb: 2\na: 3\n", path="call.yaml")

    assert mistakes[0].what == "the key 'a' stands here for the second time; the first is in line 1"


def test_a_tab_in_a_text_is_no_indent():
    assert value('"a\tb"').text == "a\tb"


def test_mistakes_that_do_not_hide_the_rest_come_together():
    _, mistakes = parse(b"a: !x 1\na: 2\nb: *c\n<<: {}\n", path="call.yaml")

    assert [mistake.place.line for mistake in mistakes] == [1, 2, 3, 4]


def test_escape_sequences_of_a_terminal_are_not_printed(tmp_path: Path):
    (mistake,) = mistakes_of(
        tmp_path, 'deadair: "\\e[31m1"\nscenario: "a"\nprovider: deepgram\nexpect: {end: {state: active, by: 9s}}\n'
    )

    assert "\x1b" not in mistake.render()


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), st.text("ab:[]{}&*!|>-?'\"#%@`,\n\t $<=~0", max_size=80).map(str.encode)))
def test_whatever_is_in_a_file_it_is_a_node_or_a_mistake(data: bytes):
    root, mistakes = parse(data, path="call.yaml")

    assert root is not None or mistakes
