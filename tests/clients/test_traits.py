"""What is known of a client stands in the head of its trace."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.clients import Endpoints, Traits, traits_of
from harness.faults import EmbeddedServer
from harness.runner.play import play
from harness.scenario import load
from harness.trace import Trace
from tests.support.telling_client import TellingClient

SCENARIO = """\
deadair: 1
scenario: traits
provider: openai-realtime
client: python:tests.clients.test_traits:{factory}
script: []
faults: [{fault}]
expect: {{end: {{state: active, by: 1s, hold: 100ms}}}}
"""


class KnownClient(TellingClient):
    traits = Traits(reconnects=False, tells=("error", "audio.*"), name="the-sdk", version="1.2.3")


class ClientWithAuthority(TellingClient):
    """Tells what it found in the file with its authority, and its key."""

    def __init__(self, endpoints: Endpoints) -> None:
        super().__init__(endpoints)
        assert endpoints.ca_file is not None
        ssl.create_default_context(cafile=endpoints.ca_file)
        assert Path(endpoints.ca_file).read_text(encoding="ascii") == endpoints.authority
        assert endpoints.api_key.startswith("sk-")
        self.traits = Traits(name=endpoints.ca_file)


def known(case: Mapping[str, Any], endpoints: Endpoints) -> KnownClient:
    return KnownClient(endpoints)


def with_authority(case: Mapping[str, Any], endpoints: Endpoints) -> ClientWithAuthority:
    return ClientWithAuthority(endpoints)


def unknown(case: Mapping[str, Any], endpoints: Endpoints) -> TellingClient:
    return TellingClient(endpoints)


async def played(folder: Path, factory: str, *, fault: str = "", clock: str = "virtual") -> Trace:
    (folder / "traits.yaml").write_text(SCENARIO.format(factory=factory, fault=fault), encoding="utf-8")
    case = load([folder / "traits.yaml"], root=folder).checked()[0]
    async with EmbeddedServer(seed=0) as server:
        return await play(case, seed=0, clock=clock, proxy_server=server)


def is_there(file: str) -> bool:
    return Path(file).exists()


async def test_the_traits_of_a_client_are_in_the_header(tmp_path: Path) -> None:
    trace = await played(tmp_path, "known")

    assert trace.header.client == {
        "reconnects": False,
        "tells": ["error", "audio.*"],
        "name": "the-sdk",
        "version": "1.2.3",
    }


async def test_a_client_without_traits_has_none(tmp_path: Path) -> None:
    trace = await played(tmp_path, "unknown")

    assert trace.header.client == {}


def test_what_is_not_known_is_left_out() -> None:
    class Client:
        traits = Traits()

    assert traits_of(Client()) == {"reconnects": True}


@pytest.mark.real_time  # TLS goes wrong on the real clock only
async def test_the_file_with_the_authority_is_there_as_long_as_the_run(tmp_path: Path) -> None:
    trace = await played(
        tmp_path, "with_authority", fault="{at: 900ms, do: {tls: expired}, allow_unfired: true}", clock="real"
    )

    assert not is_there(trace.header.client["name"])
