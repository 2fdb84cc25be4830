"""The interface that both servers have."""

from __future__ import annotations

import inspect

import pytest

from harness.faults.embedded import EmbeddedProxy
from harness.faults.proxy import Proxy
from harness.faults.toxiproxy import ToxiproxyProxy


@pytest.mark.parametrize("implementation", [EmbeddedProxy, ToxiproxyProxy])
def test_every_call_of_the_interface_takes_the_same_arguments(implementation: type) -> None:
    calls = {name: call for name, call in vars(Proxy).items() if inspect.iscoroutinefunction(call)}

    assert len(calls) > 8
    for name, call in calls.items():
        assert inspect.signature(getattr(implementation, name)).parameters == inspect.signature(call).parameters
