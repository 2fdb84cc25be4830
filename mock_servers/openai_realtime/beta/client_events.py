"""What a client of the beta sends, in the GA shape."""

from __future__ import annotations

import re
from typing import Any

from mock_servers.openai_realtime.beta.shapes import PLACES, ga_item, ga_response, ga_session
from mock_servers.openai_realtime.errors import Refused

__all__ = ["beta_param", "ga_event", "temperature_in"]

TEMPERATURE = (0.6, 1.2)


def ga_event(message: dict[str, Any]) -> dict[str, Any]:
    """The same event in the GA shape. What is wrong with it is left to the session, but for the temperature.

    Raises:
        Refused: If the temperature is out of its range.
    """
    temperature_in(message)
    match message:
        case {"type": "session.update", "session": dict() as session}:
            return {**message, "session": ga_session(session)}
        case {"type": "transcription_session.update", "session": dict() as session}:
            # Modalities mean nothing to a session that only listens.
            heard = {name: value for name, value in session.items() if name != "modalities"}
            return {**message, "type": "session.update", "session": ga_session(heard, kind="transcription")}
        case {"type": "transcription_session.update"}:
            return {**message, "type": "session.update"}
        case {"type": "response.create", "response": dict() as response}:
            return {**message, "response": ga_response(response)}
        case {"type": "conversation.item.create", "item": item}:
            return {**message, "item": ga_item(item)}
        case _:
            return message


def temperature_in(message: dict[str, Any]) -> float | None:
    """The temperature that an event sets; the range is that of the SDK's docs (1.99.9).

    Raises:
        Refused: If it is out of its range, or no number. The codes are inferred from those of integers.
    """
    place = {"session.update": "session", "response.create": "response"}.get(message["type"], "")
    inner = message.get(place)
    value = inner.get("temperature") if isinstance(inner, dict) else None
    if value is None:
        return None
    param = f"{place}.temperature"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("invalid_type", f"Invalid type for '{param}': expected a decimal.", param=param)
    low, high = TEMPERATURE
    if value < low:
        raise Refused("decimal_below_min_value", f"Invalid '{param}': expected a value of at least {low}.", param=param)
    if value > high:
        raise Refused("decimal_above_max_value", f"Invalid '{param}': expected a value of at most {high}.", param=param)
    return float(value)


def beta_param(param: str | None) -> str | None:
    """A JSON path of the GA shape as the client wrote it."""
    if param is None:
        return None
    for name, way in PLACES.items():
        deep = ".".join(way)
        found = re.fullmatch(rf"(session|response)\.{re.escape(deep)}(.*)", param)
        if found is not None:
            rest = "" if name.endswith("_audio_format") else found[2]
            return f"{found[1]}.{name}{rest}"
    return param
