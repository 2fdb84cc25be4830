"""What the `openai` SDK for Python can do with the mock; each module registers the capabilities of its subject."""

from __future__ import annotations

from tests.sdk import (  # noqa: F401
    openai_beta,
    openai_calls,
    openai_conversations,
    openai_faults,
    openai_handlers,
    openai_ledger,
    openai_reconnection,
    openai_refusals,
    openai_tools,
    openai_transcripts,
    openai_troubles,
)

__all__: list[str] = []
