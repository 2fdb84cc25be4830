"""Whether a setup can be: what Google refuses in it, and how each refusal reads."""

from __future__ import annotations

from typing import Any

from mock_servers.base.generate_content import knows_model
from mock_servers.base.google_content import Tool
from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.client_messages import Setup

__all__ = ["refusal", "takes_content_only_as_seed"]


def refusal(setup: Setup, *, api_version: str) -> Close | None:
    """The close frame for a setup that Google does not take.

    Source: livekit/agents#4159 for the fields and their wording; python-genai issues on `is not found for API version`.
    """
    if not setup.model:
        return endings.INVALID_ARGUMENT
    if not knows_model(setup.model):
        return endings.model_not_found(setup.model, api_version)
    config = setup.generation_config
    if config.max_output_tokens is not None and config.max_output_tokens <= 0:
        return endings.bad_field("generation_config.max_output_tokens", "max_output_tokens must be positive")
    # One session answers in one modality: ai.google.dev/gemini-api/docs/live.
    if len(set(config.response_modalities)) > 1:
        return endings.INVALID_ARGUMENT
    return _schema_refusal(setup.tools)


def takes_content_only_as_seed(model: str) -> bool:
    """Gemini 3 takes `clientContent` only as history, before the conversation: livekit/agents#5985, pipecat#4168."""
    return "gemini-3" in model


def _schema_refusal(tools: tuple[Tool, ...]) -> Close | None:
    for i, tool in enumerate(tools):
        for j, function in enumerate(tool.function_declarations):
            path = f"tools[{i}].function_declarations[{j}].parameters"
            lacking = _array_without_items(function.parameters or {}, path)
            if lacking:
                return endings.bad_field(lacking, "missing field.")
    return None


def _array_without_items(schema: dict[str, Any], path: str) -> str:
    """Where the first array lies that does not say what it holds, such as `parameters.properties[tags].items`."""
    items, properties = schema.get("items"), schema.get("properties")
    if str(schema.get("type", "")).upper() == "ARRAY" and not isinstance(items, dict):
        return f"{path}.items"
    if isinstance(items, dict) and (lacking := _array_without_items(items, f"{path}.items")):
        return lacking
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if isinstance(inner, dict) and (lacking := _array_without_items(inner, f"{path}.properties[{name}]")):
            return lacking
    return ""
