"""The shelf: thirteen clients, each of which can be asked for by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from harness.clients.shelf import SHELF, KnownClient, NotOnTheShelf, known

ROOT = Path(__file__).parents[2]

NAMES = [
    "openai-sdk",
    "openai-sdk-no-reconnect",
    "openai-agents",
    "google-genai",
    "google-adk",
    "deepgram-sdk",
    "pipecat-openai",
    "pipecat-gemini",
    "pipecat-deepgram",
    "pipecat-flux",
    "livekit-openai",
    "livekit-google",
    "livekit-deepgram",
]


def test_these_clients_are_known():
    assert list(SHELF) == NAMES


def test_a_name_that_nearly_fits_is_suggested():
    with pytest.raises(NotOnTheShelf, match=r"no known client 'pipcat-flux'\. Did you mean 'pipecat-flux'\?"):
        known("pipcat-flux")


def test_a_name_that_fits_nothing_gets_the_list():
    with pytest.raises(NotOnTheShelf, match=f"There are: {', '.join(NAMES)}"):
        known("xyz")


@pytest.mark.parametrize("client", SHELF.values(), ids=NAMES)
def test_each_says_which_version_is_tested(client: KnownClient):
    assert client.requirements[0].startswith(client.package)
    assert client.requirements[0].endswith(f"=={client.version}")


@pytest.mark.parametrize("client", SHELF.values(), ids=NAMES)
def test_each_has_an_adapter_that_is_both_ways_in(client: KnownClient):
    adapter = ROOT / f"{client.module.replace('.', '/')}.py"
    tree = ast.parse(adapter.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | imported

    assert "make" in defined
    run_as_a_child = ast.unparse(tree.body[-1])
    assert run_as_a_child.startswith("if __name__ == '__main__':\n")
    assert run_as_a_child.endswith("\n    serve(make)")


def test_those_that_ask_for_the_same_share_an_environment():
    assert known("pipecat-flux").environment == known("pipecat-gemini").environment == "pipecat-ai-1.14.0"


def test_those_that_ask_for_something_else_do_not():
    environments = {client.environment: client.requirements for client in SHELF.values()}

    assert all(environments[client.environment] == client.requirements for client in SHELF.values())
