"""The classes of incidents, by which the scoreboard sorts what users of such clients have lived through."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["INCIDENT_CLASSES", "classes_of"]

INCIDENT_CLASSES: dict[str, str] = {
    "F01": "a clean close is taken for the end",
    "F02": "the session's cap",
    "F03": "warned, and nobody listened",
    "F04": "an abnormal drop",
    "F05": "half-open: nothing arrives, nothing fails",
    "F06": "the peer stops reading",
    "F07": "internal error (1011)",
    "F08": "idle timeouts and keepalive",
    "F09": "a keepalive that kills by itself",
    "F10": "refused at the door (429)",
    "F11": "refused for good (401, 402, 403)",
    "F12": "accepted, then kicked",
    "F13": "a budget for life, not for an outage",
    "F14": "backoff that cannot be stopped",
    "F15": "reconnect after stop",
    "F16": "two sockets at once",
    "F17": "reconnected, not restored",
    "F18": "the restored state kills the session",
    "F19": "a tool call over the drop",
    "F20": "every error is fatal",
    "F21": "alive and useless",
    "F22": "limits of frames and protocol",
    "F23": "the goodbye that never comes",
    "F24": "leaks",
    "F25": "audio over the gap",
}
"""By the tag that a scenario of the class has."""


def classes_of(tags: Iterable[str]) -> tuple[str, ...]:
    """The classes among a scenario's tags, in their order there."""
    return tuple(tag for tag in tags if tag in INCIDENT_CLASSES)
