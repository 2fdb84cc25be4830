"""scenarios/README.md: each snippet loads, each field is told, each heading that a message names is there."""

import re
from pathlib import Path

import pytest

from harness.scenario import load
from harness.scenario.actions import WORDS
from harness.scenario.case import FIELDS
from harness.scenario.expect import AUDIO_FIELDS, BACKOFF_FIELDS, END_FIELDS, SESSION_FIELDS, STATES, TIMING_FIELDS
from harness.scenario.expect import FIELDS as EXPECT_FIELDS
from harness.scenario.faults import FIELDS as FAULT_FIELDS
from harness.scenario.script import RUNS_FIELDS, SERVER_FIELDS, STEP_FIELDS
from tests.support.scenarios import END, write

ROOT = Path(__file__).parents[2]
README = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
HEADINGS = re.findall(r"^#+ (.+)$", README, re.MULTILINE)

PARTS = {"provider": "openai-realtime", "expect": f"{{{END}}}"}
"""What is added to a snippet that shows one part of a scenario."""


def whole(snippet: str) -> str:
    if snippet.startswith("deadair:"):
        return snippet
    missing = [f"{key}: {value}\n" for key, value in PARTS.items() if not re.search(rf"^{key}:", snippet, re.MULTILINE)]
    return f"deadair: 1\nscenario: call\n{''.join(missing)}{snippet}"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.splitlines()[0])
def test_a_snippet_loads(tmp_path: Path, snippet: str):
    write(tmp_path, "deadair: 1\ndefaults: {tags: [common]}\n", "common.yaml")

    assert load([write(tmp_path, whole(snippet))], root=tmp_path).checked()


def test_the_mistake_that_is_shown_is_the_one_that_is_told(tmp_path: Path):
    (shown,) = re.findall(r"^```text\n(.*?)\n```", README, re.MULTILINE | re.DOTALL)
    line = shown.splitlines()[1].partition("| ")[2]
    text = f"deadair: 1\nscenario: call\nprovider: deepgram\nfaults:\n{line}\nexpect: {{{END}}}\n"
    (mistake,) = load([write(tmp_path, text, "my.yaml")], root=tmp_path).errors

    assert mistake.render() == shown


@pytest.mark.parametrize(
    "name",
    dict.fromkeys(
        (
            *FIELDS, *FAULT_FIELDS, *STEP_FIELDS, *SERVER_FIELDS, *RUNS_FIELDS, *EXPECT_FIELDS, *BACKOFF_FIELDS, *AUDIO_FIELDS,
            *SESSION_FIELDS, *TIMING_FIELDS, *END_FIELDS, *STATES, *WORDS,
            *(field for word in WORDS.values() for field in word.takes),
        )
    ),
)  # fmt: skip
def test_every_field_is_told(name: str):
    assert re.search(rf"(?<![\w-]){name}(?![\w-])", README)


def test_every_heading_that_a_message_names_is_there():
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "harness" / "scenario").glob("*.py"))
    named = set(re.findall(r'see="([^"]+)"', sources)) | set(re.findall(r'README\.md, "([^"{]+)"', sources))

    assert named
    assert named <= set(HEADINGS)


def test_every_link_on_the_page_leads_to_a_heading():
    anchors = {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in HEADINGS}

    assert set(re.findall(r"\]\(#([a-z-]+)\)", README)) <= anchors
