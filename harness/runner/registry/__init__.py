"""Who plays with whom: for each provider its mock, its client, and the words in which each says the same thing.

The only package that knows `providers`, `mock_servers` and `harness`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from harness.runner.registry.client_side import client, own_provider, provider_client, with_session
from harness.runner.registry.mock_side import LoneMock, Mock, is_about_tls, mocks
from harness.runner.registry.names import MOCKS, REST, SAMPLE_RATES_HZ, SESSION, listed_settings, settings_explained
from harness.scenario.model import Case
from mock_servers.base.settings import BadSetting, written_settings
from mock_servers.serve import VENDORS, vendor
from mock_servers.serve import Addresses as MockAddresses
from mock_servers.serve import serve as serve_mock

__all__ = [
    "MOCKS", "REST", "SAMPLE_RATES_HZ", "SESSION", "BadSetting", "LoneMock", "Mock", "MockAddresses", "client", "fetch",
    "listed_settings", "mocks", "own_provider", "provider_client", "serve_mock", "settings_explained", "vendor",
    "with_session", "written_settings",
]  # fmt: skip


def fetch(cases: Iterable[Case]) -> None:
    """Import what these cases will ask for: tenths of a second that all would feel in the middle of their calls."""
    for case in cases:
        importlib.import_module(VENDORS[case.provider][0])
        if case.client is None:
            own_provider(case.provider)
        if is_about_tls(case):
            importlib.import_module("mock_servers.base.tls")
