"""The pytest plugin: scenario files are collected as test items, and fixtures lend what deadair is made of to tests.

pytest loads this for everyone who has deadair installed, so nothing of deadair is imported here before a scenario file is
met or a fixture is asked for. Only what pytest documents is used.
"""

from __future__ import annotations

from harness.pytest_plugin.fixtures import deadair_mock, deadair_play, deadair_proxy
from harness.pytest_plugin.hooks import (
    pytest_collect_file,
    pytest_collection_finish,
    pytest_configure,
    pytest_configure_node,
    pytest_terminal_summary,
    pytest_unconfigure,
)
from harness.pytest_plugin.options import pytest_addoption
from harness.pytest_plugin.virtual_time import pytest_itemcollected, pytest_pyfunc_call

__all__ = [
    "deadair_mock", "deadair_play", "deadair_proxy",
    "pytest_addoption", "pytest_collect_file", "pytest_collection_finish", "pytest_configure", "pytest_configure_node",
    "pytest_itemcollected", "pytest_pyfunc_call", "pytest_terminal_summary", "pytest_unconfigure",
]  # fmt: skip
