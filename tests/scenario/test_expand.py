"""Providers and matrix: one case for each, with `$name` put in."""

from pathlib import Path

from harness.scenario import load
from harness.scenario.model import CloseFrame, Reset, Send
from tests.support.scenarios import case_of, mistakes_of, scenario, write


def names(folder: Path, text: str) -> list[str]:
    return [case.id.partition("::")[2] for case in load([write(folder, text)], root=folder).checked()]


def test_the_last_name_of_a_matrix_runs_fastest(tmp_path: Path):
    text = scenario("matrix: {a: [1s, 2s], b: [3s, 4s]}", "faults: [{at: $a, do: reset}, {after: $b, do: reset}]")

    assert names(tmp_path, text) == ["call[a=1s,b=3s]", "call[a=1s,b=4s]", "call[a=2s,b=3s]", "call[a=2s,b=4s]"]


def test_the_provider_stands_first_in_the_brackets(tmp_path: Path):
    text = scenario("matrix: {a: [1s]}", "faults: [{at: $a, do: reset}]", provider="[deepgram, gemini-live]")

    assert names(tmp_path, text) == ["call[provider=deepgram,a=1s]", "call[provider=gemini-live,a=1s]"]


def test_a_list_of_one_provider_is_no_choice(tmp_path: Path):
    assert names(tmp_path, scenario(provider="[deepgram]")) == ["call"]


def test_a_whole_value_keeps_its_kind(tmp_path: Path):
    text = scenario("matrix: {code: [1011]}", "faults: [{at: 1s, do: {close: $code}}]")

    assert case_of(tmp_path, text).faults[0].do == CloseFrame(code=1011)


def test_a_value_may_be_a_whole_action(tmp_path: Path):
    text = scenario("matrix: {what: [reset, {close: 1011}]}", "faults: [{at: 1s, do: $what}]")
    cases = load([write(tmp_path, text)], root=tmp_path).checked()

    assert [case.faults[0].do for case in cases] == [Reset(), CloseFrame(code=1011)]
    assert cases[1].id.endswith("[what={close: 1011}]")


def test_inside_a_text_a_value_is_text(tmp_path: Path):
    text = scenario("matrix: {code: [7]}", 'faults: [{at: 1s, do: {send: {type: error, message: "code $code!"}}}]')

    assert case_of(tmp_path, text).faults[0].do == Send(message={"type": "error", "message": "code 7!"})


def test_a_number_of_the_matrix_is_a_number_where_it_stands_alone(tmp_path: Path):
    text = scenario("matrix: {code: [7]}", "faults: [{at: 1s, do: {send: {type: error, code: $code}}}]")

    assert case_of(tmp_path, text).faults[0].do == Send(message={"type": "error", "code": 7})


def test_two_dollar_signs_are_one(tmp_path: Path):
    assert case_of(tmp_path, scenario("session: {system_prompt: say $$x for $5}")).session == {
        "system_prompt": "say $x for $5"
    }


def test_a_name_is_never_put_into_the_names_of_things(tmp_path: Path):
    text = scenario("matrix: {a: [1s]}", "summary: costs $a", "faults: [{at: $a, do: reset}]")

    assert case_of(tmp_path, text).summary == "costs $a"


def test_ids_are_given_to_faults_by_their_words(tmp_path: Path):
    faults = "faults: [{at: 1s, do: reset}, {at: 2s, do: reset}, {id: reset-3, at: 3s, do: drop}, {at: 4s, do: {latency: 1ms}}, {at: 5s, do: reset}]"

    assert [fault.id for fault in case_of(tmp_path, scenario(faults)).faults] == [
        "reset",
        "reset-2",
        "reset-3",
        "latency",
        "reset-4",
    ]


def test_a_matrix_of_thousands_of_cases_is_refused(tmp_path: Path):
    values = ", ".join(f"{number}ms" for number in range(40))
    text = scenario(
        f"matrix: {{a: [{values}], b: [{values}]}}", "faults: [{at: $a, do: reset}, {after: $b, do: reset}]"
    )

    assert [error.what for error in mistakes_of(tmp_path, text)] == [
        "this scenario has 1,600 cases, and at most 1,000 are read"
    ]


def test_a_matrix_that_multiplies_large_values_is_refused(tmp_path: Path):
    large = ", ".join(["1"] * 6000)
    uses = ", ".join(["$big"] * 200)
    text = scenario(f"matrix: {{big: [[{large}]]}}", f"session: {{metadata: [{uses}]}}")

    assert [error.what for error in mistakes_of(tmp_path, text)] == [
        "the cases of this scenario hold more than 500,000 values"
    ]


def test_a_text_that_repeats_a_large_value_is_refused(tmp_path: Path):
    text = scenario(f"matrix: {{big: [{'x' * 5000}]}}", f"session: {{system_prompt: {'$big' * 50}}}")

    assert "this text grows beyond 100,000 characters" in [error.what for error in mistakes_of(tmp_path, text)]


def test_a_mistake_shared_by_many_cases_is_told_once(tmp_path: Path):
    text = scenario(
        "matrix: {a: [1s, 2s]}", "seed: x", "faults: [{at: $a, do: reset}]", provider="[deepgram, gemini-live]"
    )

    assert len(mistakes_of(tmp_path, text)) == 1


def test_the_rest_of_a_scenario_is_read_although_its_provider_is_wrong(tmp_path: Path):
    assert [error.place.line for error in mistakes_of(tmp_path, scenario("seed: x", provider="nobody"))] == [3, 4]


def test_the_rest_of_a_scenario_is_read_although_its_matrix_is_wrong(tmp_path: Path):
    text = scenario("matrix: {a: 1s}", "seed: x", "faults: [{at: $a, do: reset}]")

    assert [error.place.line for error in mistakes_of(tmp_path, text)] == [4, 5]
