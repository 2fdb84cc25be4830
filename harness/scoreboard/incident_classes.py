"""The classes of incidents, by which the scoreboard sorts what users of such clients have lived through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["INCIDENT_CLASSES", "IncidentClass", "classes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClass:
    """What users have lived through, and the rules whose breaking leads to it. Another rule that is broken in one of its
    scenarios is told of under the rules, and does not speak against the client here."""

    title: str
    rules: tuple[str, ...]


INCIDENT_CLASSES: dict[str, IncidentClass] = {
    "F01": IncidentClass(title="a clean close is taken for the end", rules=("I1", "I5", "I6")),
    "F02": IncidentClass(title="the session's cap", rules=("I1", "I5", "I14", "I22")),
    "F03": IncidentClass(title="warned, and nobody listened", rules=("I2", "I24", "I26")),
    "F04": IncidentClass(title="an abnormal drop", rules=("I2", "I5", "I16", "I17", "I26")),
    "F05": IncidentClass(title="half-open: nothing arrives, nothing fails", rules=("I5", "I16", "I19")),
    "F06": IncidentClass(title="the peer stops reading", rules=("I19", "I20", "I21")),
    "F07": IncidentClass(title="internal error (1011)", rules=("I1", "I11", "I12", "I16", "I23")),
    "F08": IncidentClass(title="idle timeouts and keepalive", rules=("I1", "I14")),
    "F09": IncidentClass(title="a keepalive that kills by itself", rules=("I5", "I28")),
    "F10": IncidentClass(title="refused at the door (429)", rules=("I10", "I11", "I12", "I16")),
    "F11": IncidentClass(title="refused for good (401, 402, 403)", rules=("I4", "I6", "I12", "I15", "I18")),
    "F12": IncidentClass(title="accepted, then kicked", rules=("I11", "I12", "I13")),
    "F13": IncidentClass(title="a budget for life, not for an outage", rules=("I14", "I28")),
    "F14": IncidentClass(title="backoff that cannot be stopped", rules=("I3", "I21", "I28")),
    "F15": IncidentClass(title="reconnect after stop", rules=("I3", "I21", "I28")),
    "F16": IncidentClass(title="two sockets at once", rules=("I2", "I7", "I26", "I28")),
    "F17": IncidentClass(title="reconnected, not restored", rules=("I5", "I22", "I26")),
    "F18": IncidentClass(title="the restored state kills the session", rules=("I12", "I13", "I23")),
    "F19": IncidentClass(title="a tool call over the drop", rules=("I8", "I23", "I25")),
    "F20": IncidentClass(title="every error is fatal", rules=("I8", "I9")),
    "F21": IncidentClass(title="alive and useless", rules=("I8", "I20")),
    "F22": IncidentClass(title="limits of frames and protocol", rules=("I1", "I8", "I23")),
    "F23": IncidentClass(title="the goodbye that never comes", rules=("I3", "I21", "I28")),
    "F24": IncidentClass(title="leaks", rules=("I3", "I21", "I28")),
    "F25": IncidentClass(title="audio over the gap", rules=("I22", "I26", "I27")),
}
"""By the tag that a scenario of the class has."""


def classes_of(tags: Iterable[str]) -> tuple[str, ...]:
    """The classes among a scenario's tags, in their order there."""
    return tuple(tag for tag in tags if tag in INCIDENT_CLASSES)
