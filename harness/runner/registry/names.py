"""What belongs to each provider by name: the path of its session, its endpoints, its rates, its mock's settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mock_servers.base.settings import listed, settings_in
from mock_servers.serve import VENDORS, settings_of

__all__ = ["HOSTS", "MOCKS", "PATHS", "REST", "SAMPLE_RATES_HZ", "SESSION", "listed_settings", "settings_explained"]

SESSION = "session"
"""The endpoint of the WebSocket that is the call; faults hit it."""

REST = "rest"
"""The endpoint of the calls beside it (Deepgram's pipeline: `generateContent` and `speak`)."""

HOSTS = ("127.0.0.1", "localhost")
"""The names in the certificates of the mocks."""

MOCKS = tuple(VENDORS)
"""The providers of which a mock can stand alone, with `serve_mock`."""

PATHS: Mapping[str, str] = {
    "gemini-live": "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
    "openai-realtime": "/v1/realtime",
    "deepgram": "/v1/listen",
}

SAMPLE_RATES_HZ: Mapping[str, tuple[int, int]] = {
    "gemini-live": (16_000, 24_000),
    "openai-realtime": (24_000, 24_000),
    "deepgram": (16_000, 24_000),
}
"""Caller's and agent's rate: the provider's own, so that nothing on the way resamples the positions away."""


def listed_settings(name: str) -> Iterator[str]:
    """What can be set in the mock of one provider, line by line."""
    return listed(settings_of(name))


def settings_explained(name: str) -> dict[str, str]:
    """What each setting of the mock of one provider means, and its default."""
    return {setting.name: f"{setting.meaning} Usually {setting.default}." for setting in settings_in(settings_of(name))}
