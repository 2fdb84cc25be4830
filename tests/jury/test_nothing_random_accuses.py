"""Days that nobody thought of: whatever chance does to our own providers and to the correct clients, they keep every rule."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from harness.engines import VirtualTime
from harness.scenario import Case
from tests.support.correct_clients.who import CORRECT, OURS
from tests.support.long_days import long_day
from tests.support.witnessed import accused, witnessed

EVERYBODY = {"ours": (OURS, ("openai-realtime", "gemini-live", "deepgram")), **CORRECT}


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_random_day_makes_a_correct_client_break_a_rule(name: str, request: pytest.FixtureRequest) -> None:
    client, providers = EVERYBODY[name]

    # A seed says nothing about its neighbours, so there is nothing to shrink to.
    @settings(
        max_examples=request.config.getoption("--long-days"),
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**40))
    def lives_through(seed: int) -> None:
        case = long_day(seed)
        if case.provider not in providers:
            case = case.model_copy(update={"provider": providers[0]})

        assert VirtualTime().run(lambda: _accused(case, client), seed=seed) == {}, f"long day {seed} of {case.provider}"

    lives_through()


async def _accused(case: Case, client: str | None) -> dict[str, str]:
    return accused(await witnessed(case, client=client))
