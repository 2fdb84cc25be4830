"""What a child process is told and tells: environment variables, and lines of JSON. The words stand in README.md."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.clients.client import ClientEvent, Endpoints
from harness.clients.traits import Traits

__all__ = [
    "Asked",
    "answer_line",
    "audio_line",
    "disconnect_line",
    "environment",
    "read_line",
    "read_traits",
    "text_line",
]

LOCAL = "127.0.0.1,localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a child is to do, as JSON values: `session` is what the scenario asks for, `script` its steps."""

    provider: str
    session: Mapping[str, Any]
    script: Any
    seconds: float
    sample_rate_hz: int


def environment(asked: Asked, endpoints: Endpoints) -> dict[str, str]:
    """The variables that are added to a child's environment."""
    session = urlsplit(endpoints.urls["session"])
    told = {
        "DEADAIR_PROVIDER": asked.provider,
        "DEADAIR_URL": endpoints.urls["session"],
        "DEADAIR_BASE_URL": f"{session.scheme}://{session.netloc}",
        "DEADAIR_API_KEY": endpoints.api_key,
        "DEADAIR_SECONDS": f"{asked.seconds:g}",
        "DEADAIR_SESSION": json.dumps(asked.session),
        "DEADAIR_SCRIPT": json.dumps(asked.script),
        "DEADAIR_SAMPLE_RATE": str(asked.sample_rate_hz),
        # A proxy of the user's would be asked for the address of the mock.
        "NO_PROXY": LOCAL,
        "no_proxy": LOCAL,
        # What is printed belongs to the moment at which it was printed.
        "PYTHONUNBUFFERED": "1",
    }
    if "rest" in endpoints.urls:
        told["DEADAIR_REST_URL"] = endpoints.urls["rest"]
    if endpoints.key_file is not None:
        told["DEADAIR_API_KEY_FILE"] = endpoints.key_file
    if endpoints.ca_file is not None:
        told |= dict.fromkeys(("DEADAIR_CA_FILE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), endpoints.ca_file)
    return told


def audio_line(pcm: bytes) -> bytes:
    return _line({"do": "audio", "pcm": base64.b64encode(pcm).decode()})


def text_line(text: str) -> bytes:
    return _line({"do": "text", "text": text})


def answer_line(call_id: str, result: str) -> bytes:
    """The result of a function that the model has called."""
    return _line({"do": "answer", "call_id": call_id, "result": result})


def disconnect_line() -> bytes:
    return _line({"do": "disconnect"})


def read_line(line: bytes) -> ClientEvent | None:
    """The event that a line of a child's output tells; None for any other line, which belongs into its log."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        told = json.loads(line)
        if not isinstance(told, dict) or not isinstance(kind := told.pop("event", None), str):
            return None
        audio = base64.b64decode(told.pop("pcm", ""), validate=True) if kind == "audio.output" else b""
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    return ClientEvent(kind=kind, fields=told, audio=audio)


def read_traits(fields: Mapping[str, Any]) -> Traits:
    """What a child says of itself in `run.client`; what it leaves out, or says wrongly, is as if it had not been said."""
    tells = fields.get("tells")
    return Traits(
        reconnects=fields.get("reconnects") is not False,
        tells=tuple(str(kind) for kind in tells) if isinstance(tells, list) else None,
        name=_text(fields.get("name")),
        version=_text(fields.get("version")),
    )


def _text(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _line(asked: Mapping[str, str]) -> bytes:
    return json.dumps(asked).encode() + b"\n"
