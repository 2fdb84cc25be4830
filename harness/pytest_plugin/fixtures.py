"""What a test can ask for. What a fixture lends is imported when a test asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.pytest_plugin.hooks import sitting_of

if TYPE_CHECKING:
    from harness.pytest_plugin.mock import MockMaker
    from harness.pytest_plugin.playing import Play
    from harness.pytest_plugin.proxy import ProxyMaker

__all__ = ["deadair_mock", "deadair_play", "deadair_proxy"]


@pytest.fixture
def deadair_play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Plays a scenario: `assert deadair_play("goodbye.yaml").passed`."""
    from harness.pytest_plugin.playing import Play

    return Play(sitting_of(request.config), test=request.node, place=tmp_path)


@pytest.fixture
def deadair_mock() -> MockMaker:
    """Serves a provider's mock on the test's own loop: `async with deadair_mock("openai-realtime") as mock`."""
    from harness.pytest_plugin.mock import MockMaker

    return MockMaker()


@pytest.fixture
def deadair_proxy() -> ProxyMaker:
    """Puts a fault proxy in front of an address: `async with deadair_proxy(mock.address) as proxy`."""
    from harness.pytest_plugin.proxy import ProxyMaker

    return ProxyMaker()
