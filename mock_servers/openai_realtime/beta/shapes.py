"""The beta's flat session, response and items, and what they are in the GA shape."""

from __future__ import annotations

from typing import Any

__all__ = [
    "PLACES", "beta_item", "beta_response", "beta_session", "beta_transcription_session", "ga_item", "ga_response", "ga_session",
]  # fmt: skip

FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}

PLACES = {
    "modalities": ("output_modalities",),
    "max_response_output_tokens": ("max_output_tokens",),
    "input_audio_format": ("audio", "input", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "output_audio_format": ("audio", "output", "format"),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
}
"""Where the GA shape keeps what the beta has at the top."""

CONTENT = {"text": "output_text", "audio": "output_audio"}
"""The content of an assistant's item."""

FLAT = ("temperature", "client_secret")
"""What only the beta knows; it is kept at the rim."""


# To the GA shape.


def ga_session(session: dict[str, Any], *, kind: str = "realtime") -> dict[str, Any]:
    """A session, or a change of one."""
    return {"type": kind, **_deepened(session, without=FLAT)}


def ga_response(response: dict[str, Any]) -> dict[str, Any]:
    """The `response` of a `response.create`."""
    deep = _deepened(response, without=FLAT)
    if isinstance(deep.get("input"), list):
        deep["input"] = [ga_item(item) for item in deep["input"]]
    return deep


def ga_item(item: Any) -> Any:
    """An item of a client. What is none is left as it is: the session says what is wrong with it."""
    if not isinstance(item, dict) or item.get("role") != "assistant" or not isinstance(item.get("content"), list):
        return item
    content = [
        {**part, "type": CONTENT.get(str(part.get("type")), part.get("type"))} if isinstance(part, dict) else part
        for part in item["content"]
    ]
    return {**item, "content": content}


def _deepened(flat: dict[str, Any], *, without: tuple[str, ...]) -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for name, value in flat.items():
        if name in without:
            continue
        *way, last = PLACES.get(name, (name,))
        place = deep
        for step in way:
            place = place.setdefault(step, {})
        place[last] = _deep(name, value)
    return deep


def _deep(name: str, value: Any) -> Any:
    if name.endswith("_audio_format") and isinstance(value, str):
        return {"type": FORMATS.get(value, value)}
    if name == "modalities" and isinstance(value, list) and sorted(map(str, value)) == ["audio", "text"]:
        return ["audio"]
    return value


# To the beta's shape.


def beta_session(session: dict[str, Any], *, temperature: float) -> dict[str, Any]:
    """A session that speaks; the order of the keys is that of the logs of 2025."""
    heard, said = session["audio"]["input"], session["audio"]["output"]
    return {
        "id": session["id"],
        "object": "realtime.session",
        "expires_at": session["expires_at"],
        "input_audio_noise_reduction": heard["noise_reduction"],
        "turn_detection": _turn_detection(heard["turn_detection"]),
        "input_audio_format": _format(heard["format"]),
        "input_audio_transcription": heard["transcription"],
        "model": session["model"],
        "modalities": _modalities(session["output_modalities"]),
        "instructions": session["instructions"],
        "voice": said["voice"],
        "output_audio_format": _format(said["format"]),
        "tool_choice": session["tool_choice"],
        "temperature": temperature,
        "max_response_output_tokens": session["max_output_tokens"],
        "speed": said["speed"],
        "tracing": session["tracing"],
        "tools": session["tools"],
    }


def beta_transcription_session(session: dict[str, Any], *, client_secret: dict[str, Any]) -> dict[str, Any]:
    """A session that only listens. The SDK's type wants a client secret in it."""
    heard = session["audio"]["input"]
    return {
        "id": session["id"],
        "object": "realtime.transcription_session",
        "expires_at": session["expires_at"],
        "input_audio_noise_reduction": heard["noise_reduction"],
        "turn_detection": _turn_detection(heard["turn_detection"]),
        "input_audio_format": _format(heard["format"]),
        "input_audio_transcription": heard["transcription"],
        "include": session["include"],
        "client_secret": client_secret,
    }


def beta_response(response: dict[str, Any], *, temperature: float) -> dict[str, Any]:
    output = response["audio"]["output"]
    return {
        "object": "realtime.response",
        "id": response["id"],
        "status": response["status"],
        "status_details": response["status_details"],
        "output": [beta_item(item) for item in response["output"]],
        "conversation_id": response["conversation_id"],
        "modalities": _modalities(response["output_modalities"]),
        "voice": output["voice"],
        "output_audio_format": _format(output["format"]),
        "temperature": temperature,
        "max_output_tokens": response["max_output_tokens"],
        "usage": _usage(response["usage"]),
        "metadata": response["metadata"],
    }


def beta_item(item: dict[str, Any]) -> dict[str, Any]:
    told = {"id": item["id"], "object": "realtime.item"}
    told |= {name: value for name, value in item.items() if name not in ("id", "object", "phase")}
    if "content" in told:
        names = {ga: beta for beta, ga in CONTENT.items()}
        told["content"] = [{**part, "type": names.get(part["type"], part["type"])} for part in told["content"]]
    return told


def _format(fmt: dict[str, Any]) -> str:
    return next(beta for beta, ga in FORMATS.items() if ga == fmt["type"])


def _modalities(modalities: list[str]) -> list[str]:
    return ["text"] if modalities == ["text"] else ["audio", "text"]


def _turn_detection(detection: dict[str, Any] | None) -> dict[str, Any] | None:
    if detection is None:
        return None
    return {name: value for name, value in detection.items() if name != "idle_timeout_ms"}


def _usage(usage: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without images, and without what of each kind was cached."""
    if usage is None:
        return None
    details = usage["input_token_details"]
    return {
        **usage,
        "input_token_details": {name: details[name] for name in ("text_tokens", "audio_tokens", "cached_tokens")},
    }
