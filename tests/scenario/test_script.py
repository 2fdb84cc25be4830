"""What runs: the caller's steps, the mock's answers, the client."""

from pathlib import Path

from harness.scenario.model import Matcher, Runs, Server, Step
from tests.support.scenarios import case_of, mistakes_of, scenario


def test_steps_speak_write_and_hang_up(tmp_path: Path):
    steps = "script: [{at: 1s, say: 3s}, {when: connection.reconnected, text: hello}, {at: 20s, disconnect: true}]"

    assert case_of(tmp_path, scenario(steps)).script == (
        Step(at_us=1_000_000, say_us=3_000_000),
        Step(when=Matcher(event="connection.reconnected"), text="hello"),
        Step(at_us=20_000_000, disconnect=True),
    )


def test_a_step_may_switch_the_microphone_off(tmp_path: Path):
    assert case_of(tmp_path, scenario("script: [{at: 1s, mute: 10s}]")).script == (
        Step(at_us=1_000_000, mute_us=10_000_000),
    )


def test_a_step_may_be_a_function_that_answers(tmp_path: Path):
    steps = "script: [{when: function_call, answer: shipped on Monday, after: 2s}]"

    assert case_of(tmp_path, scenario(steps)).script == (
        Step(when=Matcher(event="function_call"), answer="shipped on Monday", after_us=2_000_000),
    )


def test_an_empty_script_is_a_caller_who_says_nothing(tmp_path: Path):
    assert case_of(tmp_path, scenario("script: []")).script == ()


def test_a_step_can_wait_for_a_fault(tmp_path: Path):
    case = case_of(tmp_path, scenario("script: [{when: fault.cut, say: 1s}]", "faults: [{id: cut, at: 1s, do: reset}]"))

    assert case.script == (Step(when=Matcher(event="fault.cut"), say_us=1_000_000),)


def test_the_mock_can_be_told_what_to_say(tmp_path: Path):
    case = case_of(tmp_path, scenario('server: {reply_after: 300ms, turns: ["Good day.", "10"]}'))

    assert case.server == Server(reply_after_us=300_000, turns=("Good day.", "10"))


def test_the_mock_can_be_told_to_behave_otherwise(tmp_path: Path):
    case = case_of(tmp_path, scenario("server: {settings: {idle_s: 5, undecodable: '1008'}}", provider="deepgram"))

    assert case.server.settings == {"idle_s": 5.0, "undecodable": "1008"}


def test_a_setting_may_come_from_the_matrix(tmp_path: Path):
    settings = "server: {settings: {session_cap_s: $cap, beta: served, announced: false, context_tokens_max: 100}}"
    case = case_of(tmp_path, scenario("matrix: {cap: [2.5]}", settings))

    assert case.server.settings == {
        "session_cap_s": 2.5,
        "beta": "served",
        "announced": False,
        "context_tokens_max": 100,
    }


def test_a_setting_that_the_mock_has_not_is_told_the_nearest(tmp_path: Path):
    (mistake,) = mistakes_of(tmp_path, scenario("server: {settings: {sesion_cap_s: 90}}"))

    assert mistake.what == "openai-realtime has no setting 'sesion_cap_s'"
    assert mistake.hint == "did you mean 'session_cap_s'?"
    assert "Its mock has: session_cap_s, " in mistake.takes


def test_runs_have_a_number_and_a_share_that_must_pass(tmp_path: Path):
    assert case_of(tmp_path, scenario("runs: {times: 20, pass: 95%}")).runs == Runs(times=20, share_to_pass=0.95)


def test_a_client_is_a_name_a_factory_or_a_command(tmp_path: Path):
    assert case_of(tmp_path, scenario("client: mine")).client == "mine"
    assert case_of(tmp_path, scenario("client: python:app.calls:make")).client == "python:app.calls:make"
    assert case_of(tmp_path, scenario("client: {command: [node, app.js, 8080]}")).client == ("node", "app.js", "8080")


def test_a_session_is_json(tmp_path: Path):
    session = (
        "session: {system_prompt: be brief, temperature: 0.5, tools: [{name: weather, strict: true}], voice: alloy}"
    )

    assert case_of(tmp_path, scenario(session)).session == {
        "system_prompt": "be brief",
        "temperature": 0.5,
        "tools": [{"name": "weather", "strict": True}],
        "voice": "alloy",
    }


def test_what_describes_a_scenario_is_kept(tmp_path: Path):
    case = case_of(
        tmp_path,
        scenario(
            "summary: A call.", "source: https://example.org/1", "tags: [slow, deepgram]", "clock: virtual", "seed: 42"
        ),
    )

    assert (case.summary, case.source, case.tags, case.clock, case.seed) == (
        "A call.", "https://example.org/1", ("slow", "deepgram"), "virtual", 42,
    )  # fmt: skip
