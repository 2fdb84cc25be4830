from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.trace.redaction import MASK, may_hold_a_secret, redact


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-0123456789abcdef",
        "ek_0123456789abcdef",
        "AIzaSyA-0123456789abcdefghijk",
        "auth_tokens/1234abcd",
        "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl",
        "openai-insecure-api-key.0123",
    ],
)
def test_what_looks_like_a_key_is_masked_wherever_it_stands(text: str) -> None:
    masked = redact({"message": f"refused: {text}, try again"})

    assert text not in masked["message"]
    assert masked["message"].startswith("refused: ")
    assert masked["message"].endswith(", try again")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bearer abc", f"Bearer {MASK}"),
        ("Token 0a1b2c", f"Token {MASK}"),
        ("token, 0a1b2c", f"token, {MASK}"),
        ("wss://host/ws?key=abc&alt=json", f"wss://host/ws?key={MASK}&alt=json"),
        ("x-goog-api-key: abc", f"x-goog-api-key: {MASK}"),
        ("?model=m&api_key=abc", f"?model=m&api_key={MASK}"),
    ],
)
def test_a_secret_behind_its_name_is_masked(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize("name", ["api_key", "apiKey", "x-goog-api-key", "Authorization", "password", "access_token"])
def test_under_a_secret_name_even_a_short_text_is_masked(name: str) -> None:
    assert redact({name: "x1"}) == {name: MASK}


def test_a_long_opaque_text_under_a_name_that_may_mean_a_secret_is_masked() -> None:
    assert redact({"token": "0123456789abcdef0123", "key": "C major"}) == {"token": MASK, "key": "C major"}


def test_a_query_kept_as_pairs_is_masked_by_its_names() -> None:
    assert redact([["api_key", "abc"], ["model", "nova-3"]]) == [["api_key", MASK], ["model", "nova-3"]]


def test_secrets_that_were_handed_in_are_masked_in_names_too() -> None:
    assert redact({"for hunter2": ["hunter2!"]}, secrets=["hunter2", ""]) == {f"for {MASK}": [f"{MASK}!"]}


@pytest.mark.parametrize(
    "harmless",
    [
        "the token limit was exceeded",
        "a task-oriented, risk-averse answer",
        {"total_tokens": 1_234, "max_tokens": 4_096},
        {"newHandle": "CiQ0MDAwMDAwMC0wMDAwLTAwMDA"},
        {"audio": [[0, 640]], "event_id": "event_0123456789abcdef"},
        {"code": "invalid_api_key", "type": "invalid_request_error"},
    ],
)
def test_what_is_no_secret_stays(harmless: Any) -> None:
    assert redact(harmless) == harmless


@given(st.text() | st.from_regex(r"(key=|Bearer |token, 1|sk-)[a-z0-9\[\]&= ]{0,20}"))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "sk-abcdef123456",
            "Bearer abc",
            "token, 1a2b",
            "AIzaSyAbcdefgh",
            "x?key=12",
            "eyJa.b.c",
            "auth_tokens/a1",
            "plain",
        ]
    ),
)
NAMES = st.one_of(
    st.text(max_size=12), st.sampled_from(["api_key", "Authorization", "sessionKey", "my-token", "password"])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES, TEXTS)
def test_what_a_quick_look_takes_for_clean_is_not_changed_by_redaction(value: Any, secret: str) -> None:
    text = json.dumps(value, ensure_ascii=False)
    escaped = json.dumps(secret, ensure_ascii=False)[1:-1]

    if not may_hold_a_secret(text, secrets=[escaped] if secret else []):
        assert json.loads(json.dumps(redact(value, secrets=[secret]))) == json.loads(json.dumps(value))
