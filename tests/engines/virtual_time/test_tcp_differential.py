"""The simulated TCP against the kernel's: the same random programs, the same things seen at both ends."""

from __future__ import annotations

import pytest

from harness.engines import RealTime, VirtualTime
from tests.support.socket_programs import program, results

PROGRAMS = 1_000

KERNEL_REST_S = 0.001
"""Loopback delivers within the call that sends; the rest is for the loop to notice."""


@pytest.mark.parametrize("first", [0, 250, 500, 750])
def test_random_programs_see_what_they_see_on_kernel_loopback(first: int) -> None:
    programs = tuple(program(seed) for seed in range(first, first + PROGRAMS // 4))

    simulated = VirtualTime().run(lambda: results(programs, rest_s=1.0))

    kernel = RealTime().run(lambda: results(programs, rest_s=KERNEL_REST_S))
    different = [
        f"program {first + index} {steps}: simulated {ours}, kernel {theirs}"
        for index, (steps, ours, theirs) in enumerate(zip(programs, simulated, kernel, strict=True))
        if ours != theirs
    ]
    assert not different, "\n".join(different)
