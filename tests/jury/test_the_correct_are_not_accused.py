"""A false accusation is worse than a miss: correct clients of every style live through the pack, and no rule is broken."""

from __future__ import annotations

import pytest

from harness.engines import VirtualTime
from harness.scenario import Case
from tests.support.correct_clients.who import CORRECT
from tests.support.pack import CASES
from tests.support.witnessed import accused, witnessed

EVERY = 13
"""Without `--whole-jury` each client lives through every thirteenth case of its providers, and each through others."""


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_client_keeps_every_rule_in_the_pack(name: str, request: pytest.FixtureRequest) -> None:
    client, providers = CORRECT[name]
    cases = [case for case in CASES if case.provider in providers and case.clock != "real"]
    if not request.config.getoption("--whole-jury"):
        cases = cases[list(CORRECT).index(name) :: EVERY]

    broken = {case.id: said for case in cases if (said := _accused(case, client))}

    assert broken == {}


def _accused(case: Case, client: str | None) -> dict[str, str]:
    return VirtualTime().run(lambda: _witness(case, client), seed=case.seed)


async def _witness(case: Case, client: str | None) -> dict[str, str]:
    return accused(await witnessed(case, client=client))
