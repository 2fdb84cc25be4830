"""What a provider does not have: other providers' events, actions and settings are marked where one provider is named."""

from __future__ import annotations

from collections.abc import Iterator

from harness.scenario import catalogue
from harness.scenario.actions import WORDS
from harness.scenario.mock_settings import SETTINGS
from harness.scenario.model import ProviderName
from harness.scenario.schema.events import event_of
from harness.scenario.schema.pieces import NAME, Schema

__all__ = ["definitions", "only_its_own"]


def only_its_own() -> list[Schema]:
    """For each provider: a scenario that names it alone has what it has. Lists of providers are left to loading."""
    return [
        {
            "if": {"properties": {"provider": {"const": provider}}, "required": ["provider"]},
            "then": {"$ref": f"#/$defs/{_named(provider)}"},
        }
        for provider in catalogue.PROVIDERS
    ]


def definitions() -> Schema:
    return dict(definition for provider in catalogue.PROVIDERS for definition in _of(provider))


def _of(provider: ProviderName) -> Iterator[tuple[str, Schema]]:
    own = _named(provider)
    event, matcher = {"$ref": f"#/$defs/{own}_event"}, {"$ref": f"#/$defs/{own}_matcher"}
    yield f"{own}_event", event_of(provider)
    # In `any_order` and `events` a list stands where the name of an event stands elsewhere.
    grouped = {"properties": {"any_order": {"items": matcher}}, "required": ["any_order"]}
    yield f"{own}_matcher", {"anyOf": [event, {"type": "object", "anyOf": [{"propertyNames": event}, grouped]}]}
    moments = {"properties": {"when": matcher, "until": matcher, "do": _actions(provider)}}
    order = {"items": matcher, "properties": {"events": {"items": matcher}}}
    count = {"propertyNames": event}
    yield (
        own,
        {
            "properties": {
                "faults": {"items": moments},
                "script": {"items": {"properties": {"when": matcher}}},
                "server": {"properties": {"settings": {"propertyNames": {"enum": list(SETTINGS[provider])}}}},
                "expect": {"properties": {"order": order, "never": {"items": matcher}, "count": count}},
            }
        },
    )


def _actions(provider: ProviderName) -> Schema:
    """Any but those that only others have, alone or spelled out; its own messages, and its own codes where it has no others."""
    others = [name for name, word in WORDS.items() if provider not in word.providers]
    server, client = catalogue.SERVER_MESSAGES[provider], catalogue.CLIENT_MESSAGES[provider]
    of_server = _one_of(*server, *(f"server.{name}" for name in server))
    values = {
        "send": {"anyOf": [of_server, {"type": "object"}]},
        **dict.fromkeys(("withhold", "garble", "duplicate"), of_server),
        "reject": _one_of(*client, *(f"client.{name}" for name in client)),
    }
    if codes := catalogue.ERROR_CODES.get(provider):
        values["error"] = _one_of(*codes)
    if codes := catalogue.FAILURE_CODES.get(provider):
        values["fail_response"] = _one_of(*codes)
    return {"not": {"enum": others}, "propertyNames": {"not": {"enum": others}}, "properties": values}


def _one_of(*words: str) -> Schema:
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": f"^{NAME}$"}]}


def _named(provider: ProviderName) -> str:
    return provider.replace("-", "_")
