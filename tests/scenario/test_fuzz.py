"""Whatever stands in a file, loading it ends in cases or in mistakes that can be shown."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.scenario import LoadError, load
from harness.scenario.actions import WORDS
from harness.scenario.case import FIELDS
from harness.scenario.expect import FIELDS as EXPECT_FIELDS
from harness.scenario.faults import FIELDS as FAULT_FIELDS
from tests.support.examples import EXAMPLES
from tests.support.scenarios import write

WORDS_OF_THE_FORMAT = sorted(
    {
        *FIELDS, *EXPECT_FIELDS, *FAULT_FIELDS, *WORDS, "deadair", "scenarios", "defaults", "include", "nth", "$x", "$$x",
        "x", "gemini-live", "deepgram", "openai-realtime", "wire.ready", "connection.failed", "fault.reset", "5s", "1", "2",
        "true", ">= 3s", "±5%", "64KB/s", "state", "by", "active", "any_order", "exactly", "events", "caller", "lost",
    }
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2000), st.floats(allow_nan=False), st.text(max_size=5),
    st.sampled_from(WORDS_OF_THE_FORMAT),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS_OF_THE_FORMAT), inner, max_size=4)
    ),
    max_leaves=12,
)


def loads_or_says_why(path: Path) -> None:
    loaded = load([path], root=path.parent)

    assert loaded.cases or loaded.errors
    if loaded.errors:
        assert LoadError(loaded.errors).render().count(path.name) >= 1


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=8))
def test_any_json_in_the_fields_of_a_scenario_is_read_or_told(tmp_path: Path, fields: dict[str, Any]):
    text = json.dumps({"deadair": 1, "scenario": "call", "provider": "deepgram", **fields})

    loads_or_says_why(write(tmp_path, text))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fault=st.dictionaries(st.sampled_from(FAULT_FIELDS), values, max_size=5),
    must=st.dictionaries(st.sampled_from(EXPECT_FIELDS), values, max_size=5),
)
def test_any_json_in_faults_and_expectations_is_read_or_told(
    tmp_path: Path, fault: dict[str, Any], must: dict[str, Any]
):
    scenario = {
        "deadair": 1,
        "scenario": "call",
        "provider": ["gemini-live", "deepgram"],
        "faults": [fault],
        "expect": must,
    }

    loads_or_says_why(write(tmp_path, json.dumps(scenario)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_example_with_a_piece_cut_out_or_put_in_is_read_or_told(tmp_path: Path, data: st.DataObject):
    text = data.draw(st.sampled_from(EXAMPLES)).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    piece = data.draw(st.one_of(st.just(""), st.sampled_from(WORDS_OF_THE_FORMAT), st.text(max_size=4)))

    loads_or_says_why(write(tmp_path, (text[:start] + piece + text[end:]).encode("utf-8", "replace")))
