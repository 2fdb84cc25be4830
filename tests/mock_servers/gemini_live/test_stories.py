"""The stories: together they hear all that the mock can say, and each hears the same every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mock_servers.gemini_live.reading import KINDS
from mock_servers.gemini_live.server_messages import CATALOGUE
from tests.support.gemini_shapes import check_shape
from tests.support.stories.gemini_live import STORIES

REST = {"generateContent", "streamGenerateContent"}

FIELDS = {
    "setupComplete": {"sessionId", "voiceConsentSignature"},
    "serverContent": {
        "modelTurn", "generationComplete", "turnComplete", "interrupted", "waitingForInput", "turnCompleteReason",
        "interactionStatus", "inputTranscription", "interimInputTranscription", "outputTranscription", "groundingMetadata",
        "urlContextMetadata",
    },
    "toolCall": {"functionCalls"},
    "toolCallCancellation": {"ids"},
    "goAway": {"timeLeft"},
    "sessionResumptionUpdate": {"newHandle", "resumable", "lastConsumedClientMessageIndex"},
    "voiceActivity": {"type", "audioOffset"},
    "voiceActivityDetectionSignal": {"vadSignalType"},
    "usageMetadata": {
        "promptTokenCount", "responseTokenCount", "candidatesTokenCount", "toolUsePromptTokenCount", "thoughtsTokenCount",
        "totalTokenCount", "promptTokensDetails", "responseTokensDetails", "candidatesTokensDetails",
        "toolUsePromptTokensDetails", "trafficType", "serviceTier",
    },
}  # fmt: skip
"""The fields of each message that the sheet and the SDK's types name, written down apart from the mock's code."""


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    for story in STORIES.values():
        for sent in story():
            yield sent.name, json.loads(sent.payload)


def test_every_message_there_is_is_said_in_some_story():
    assert {name for name, _ in told()} == CATALOGUE.server


def test_every_field_there_is_is_told_in_some_story():
    found: dict[str, set[str]] = {name: set() for name in FIELDS}
    for name, message in told():
        if name not in REST:
            for key, body in message.items():
                found[key] |= set(body)

    assert found == FIELDS


@pytest.mark.parametrize("name", STORIES)
def test_every_message_of_a_story_has_a_shape_that_google_has(name: str):
    messages = [json.loads(sent.payload) for sent in STORIES[name]() if sent.name not in REST]

    for message in messages:
        check_shape(message)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_the_same_every_time(name: str):
    assert STORIES[name]() == STORIES[name]()


def test_every_message_that_a_client_can_send_is_read():
    assert set(KINDS) == CATALOGUE.client - REST
