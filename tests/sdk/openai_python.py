"""What the `openai` SDK for Python can do with the mock; each module registers the capabilities of its subject."""

from __future__ import annotations

from tests.sdk import openai_conversations  # noqa: F401

__all__: list[str] = []
