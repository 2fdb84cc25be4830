"""Whether a setup can be: what Google refuses in it, and how each refusal reads."""

from __future__ import annotations

from typing import Any

from mock_servers.base.generate_content import knows_model
from mock_servers.base.google_content import Tool
from mock_servers.base.protocol import Close
from mock_servers.gemini_live import endings
from mock_servers.gemini_live.client_messages import Setup
from mock_servers.gemini_live.endpoint import Endpoint
from mock_servers.gemini_live.profile import Profile, profile_of

__all__ = ["refusal"]


def refusal(setup: Setup, endpoint: Endpoint, *, model: str = "by-name") -> Close | None:
    """The close frame for a setup that Google does not take; `model` is the generation that the settings name.

    Source: livekit/agents#4159 for the fields and their wording; python-genai issues on `is not found for API version`.
    """
    if not setup.model:
        return endings.INVALID_ARGUMENT
    if not knows_model(setup.model):
        return endings.model_not_found(setup.model, endpoint.api_version)
    config = setup.generation_config
    if config.max_output_tokens is not None and config.max_output_tokens <= 0:
        return endings.bad_field("generation_config.max_output_tokens", "max_output_tokens must be positive")
    # One session answers in one modality: ai.google.dev/gemini-api/docs/live.
    if len(set(config.response_modalities)) > 1:
        return endings.INVALID_ARGUMENT
    return (
        _foreign_field(setup, endpoint) or _not_of_this_model(setup, profile_of(setup.model, asked=model))
    ) or _schema_refusal(setup.tools)


def _foreign_field(setup: Setup, endpoint: Endpoint) -> Close | None:
    """A field that only Vertex has: the SDK refuses to send it to the Gemini API (python-genai 3.4.0,
    _live_converters.py). What the Gemini API says to one that comes all the same is inferred from other unknown names."""
    if setup.explicit_vad_signal is not None and not endpoint.flavour.signals_activity:
        return endings.unknown_name("explicitVadSignal", "setup")
    resumption = setup.session_resumption
    is_transparent = resumption is not None and resumption.transparent is not None
    if is_transparent and not endpoint.flavour.resumes_transparently:
        return endings.unknown_name("transparent", "setup.session_resumption")
    return None


def _not_of_this_model(setup: Setup, profile: Profile) -> Close | None:
    """A setting that this generation does not have. That they are errors is documented (ai.google.dev, models/
    gemini-3.8-live, read 2026-11); how the errors read is not, so they get the text of most others."""
    config = setup.generation_config
    thinking, proactivity = config.thinking_config, setup.proactivity
    is_wrong = (
        (profile.speaks_only and "TEXT" in config.response_modalities)
        or (not profile.takes_thinking_level and thinking is not None and thinking.thinking_level is not None)
        or (profile.always_proactive and proactivity is not None and proactivity.proactive_audio is False)
    )
    return endings.INVALID_ARGUMENT if is_wrong else None


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
