"""The real Toxiproxy of this machine, for the tests that want one."""

from __future__ import annotations

import pytest

from harness.faults.toxiproxy_process import find_toxiproxy

__all__ = ["toxiproxy_or_skip"]


def toxiproxy_or_skip() -> str:
    """Its program or address; the test is skipped where there is none."""
    found = find_toxiproxy()
    if found is None:
        pytest.skip("no Toxiproxy: put toxiproxy-server on the PATH, or set DEADAIR_TOXIPROXY")
    return found
