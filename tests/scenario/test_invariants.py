from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import load

HEAD = "deadair: 1\nscenario: a call\nprovider: deepgram\nexpect:\n  end: {state: active, by: 9s}\n"


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("invariants: {}", "this 'invariants' is empty: it says nothing"),
        ("invariants: {limits: {}}", "this 'limits' is empty: it changes nothing"),
        ("invariants: {limits: {half_open_within: 20}}", "'20' is no duration: it has no unit"),
        ("invariants: {limits: {half_open_within: 0s}}", "'half_open_within' cannot be that"),
        ("invariants: {limits: {attempts_max: 3s}}", "3s"),
        ("invariants: {limits: {attempts_max: 0}}", "'attempts_max' cannot be that"),
        ("invariants: {limits: {attempt_max: 3}}", "did you mean 'attempts_max'?"),
        ("invariants: {limits: {replay_pace: 0.5}}", "0.5"),
    ],
)
def test_a_limit_that_cannot_be_is_told_with_its_place(tmp_path: Path, block: str, told: str) -> None:
    (tmp_path / "call.yaml").write_text(f"{HEAD}  {block}\n", encoding="utf-8")

    loaded = load([tmp_path / "call.yaml"], root=tmp_path)

    (mistake,) = loaded.errors
    assert mistake.place.line == 6
    assert told in f"{mistake.what} {mistake.hint}"
