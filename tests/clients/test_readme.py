"""The page about clients: its examples are run as they stand there, and its words are those of the code."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.clients import Endpoints, named
from harness.clients.child_protocol import Asked, environment
from harness.clients.named import way_to
from harness.expectations import Verdict
from harness.runner.task import How
from harness.scenario import load
from tests.support.plays import Played, play_all

PAGE = (Path(named.__file__).parent / "README.md").read_text(encoding="utf-8")
NODE = shutil.which("node")

SCENARIO = """\
deadair: 1
scenario: {name}
provider: openai-realtime
client: {{command: [{program}, {file}]}}
clock: real
script: []
faults:
  - {{at: 1s, do: reset}}
  - {{when: wire.reset, do: {{http: 503}}, times: 1}}
expect:
  order: [wire.ready, wire.reset, {told}wire.refused, wire.ready]
  end: {{state: active, by: 10s, hold: 500ms}}
"""


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    folder = tmp_path_factory.mktemp("examples")
    programs = {"python": (sys.executable, "app.py", "connection.reconnecting, ")}
    if NODE is not None:
        programs["js"] = (NODE, "app.js", "")
    for language, (program, file, told) in programs.items():
        (folder / file).write_text(block(language), encoding="utf-8")
        text = SCENARIO.format(name=language, program=program, file=folder / file, told=told)
        (folder / f"{language}.yaml").write_text(text, encoding="utf-8")
    cases = load([folder / f"{language}.yaml" for language in programs], root=folder).checked()
    found = play_all(cases, How(clock="real"), folder)
    return {case.scenario: found[case.id] for case in cases}


@pytest.mark.parametrize(
    "language", ["python", pytest.param("js", marks=pytest.mark.skipif(not NODE, reason="no node"))]
)
def test_the_example_survives(played: Mapping[str, Played], language: str) -> None:
    judgement = played[language].judgement

    assert judgement.verdict is Verdict.PASS, [finding.sentence for finding in judgement.reasons]


def test_every_variable_is_in_the_table() -> None:
    asked = Asked(provider="deepgram", session={}, script=None, seconds=1.0, sample_rate_hz=16_000)
    told = environment(
        asked, Endpoints(urls={"session": "wss://a/b", "rest": "http://c"}, ca_file="ca.pem", key_file="key")
    )

    assert set(re.findall(r"^\| `(DEADAIR_\w+)` \|", PAGE, re.MULTILINE)) == {
        n for n in told if n.startswith("DEADAIR_")
    }


def test_the_table_of_a_name_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("toml"), encoding="utf-8")

    way = way_to("my-app", project=tmp_path)

    assert way.command == ("node", "app.js")
    assert set(named.KEYS) == {"python", *re.findall(r"^(\w+) = ", block("toml"), re.MULTILINE)}
