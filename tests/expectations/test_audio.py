from __future__ import annotations

from harness.expectations import Finding, Verdict
from harness.expectations.audio import caller_account, check, unfinalised_account
from harness.scenario.model import Audio, AudioBounds, Bound
from harness.trace import Trace
from tests.support.traces import TraceBuilder, case

NONE = Bound(op="==", value=0)
STRICT = AudioBounds(lost=NONE, repeated=NONE, reordered=NONE)

SECOND = 32_000
"""Bytes of a second of the caller's speech at 16 kHz."""


def call() -> TraceBuilder:
    return TraceBuilder().state("active").connects(1).at(1)


def heard(built: TraceBuilder, from_byte: int, to_byte: int, connection: int = 1) -> TraceBuilder:
    return built.saw("client.input_audio_buffer.append", connection, audio=[[from_byte, to_byte]])


def caller(trace: Trace, bounds: AudioBounds = STRICT) -> list[Finding]:
    return list(check(case(audio=Audio(caller=bounds)), trace))


def agent(trace: Trace, bounds: AudioBounds = STRICT) -> list[Finding]:
    return list(check(case(audio=Audio(agent=bounds)), trace))


def test_speech_that_arrives_whole_is_kept() -> None:
    trace = heard(call().said(0, SECOND), 0, SECOND).at(5).ends()

    assert [finding.verdict for finding in caller(trace)] == [Verdict.PASS] * 3


def test_speech_over_two_connections_counts_as_one() -> None:
    built = heard(call().said(0, SECOND), 0, SECOND // 2)

    assert caller(heard(built, SECOND // 2, SECOND, 2).at(5).ends())[0].verdict is Verdict.PASS


def test_lost_speech_is_told_with_its_size_and_place() -> None:
    trace = heard(heard(call().said(0, 2 * SECOND), 0, SECOND // 2), SECOND, 2 * SECOND).at(5).ends()

    (finding,) = caller(trace, AudioBounds(lost=Bound(op="<=", value=100_000)))

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == (
        "500 ms of 2 s of the caller's speech was lost instead of at most 100 ms; "
        "the longest piece is 0.5 s to 1 s of the speech"
    )
    assert finding.got == {"lost_us": 500_000, "said_us": 2_000_000}


def test_as_much_as_is_allowed_may_be_lost() -> None:
    trace = heard(call().said(0, SECOND), 1_600, SECOND).at(5).ends()

    (finding,) = caller(trace, AudioBounds(lost=Bound(op="<=", value=50_000)))

    assert finding.verdict is Verdict.PASS


def test_speech_that_arrives_twice_is_repeated() -> None:
    trace = heard(heard(call().said(0, SECOND), 0, SECOND), SECOND // 2, SECOND, 2).at(5).ends()

    assert [finding.verdict for finding in caller(trace)] == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]
    assert caller(trace)[1].sentence == "500 ms of 1 s of the caller's speech was repeated instead of 0 ms"


def test_speech_that_arrives_in_the_wrong_order_is_reordered() -> None:
    trace = heard(heard(call().said(0, SECOND), SECOND // 2, SECOND), 0, SECOND // 2).at(5).ends()

    assert [finding.verdict for finding in caller(trace)] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]


def test_speech_while_the_client_reconnects_is_owed() -> None:
    built = call().saw("wire.reset", 1).saw("connection.reconnecting", attempt=1).state("error").said(0, SECOND)
    built.saw("connection.reconnected", attempts=1).state("active").connects(2)

    assert caller(built.at(5).ends())[0].verdict is Verdict.FAIL


def test_speech_before_the_client_was_connected_is_not_owed() -> None:
    built = TraceBuilder().state("connecting").said(0, SECOND).state("active").said(SECOND, 2 * SECOND)

    assert caller_account(heard(built, SECOND, 2 * SECOND).at(5).ends()).said == SECOND


def test_after_the_connection_has_failed_nothing_is_owed_any_more() -> None:
    built = (
        heard(call().said(0, SECOND), 0, SECOND).at(3).saw("connection.failed").state("error").said(SECOND, 2 * SECOND)
    )

    assert caller(built.at(9).ends())[0].verdict is Verdict.PASS


def test_what_was_in_flight_when_the_run_ended_is_not_lost() -> None:
    trace = heard(call().said(0, SECOND), 0, SECOND // 2).ends()

    assert caller(trace)[0].verdict is Verdict.PASS


def test_what_was_said_well_before_the_end_of_the_run_is_lost() -> None:
    trace = heard(call().said(0, SECOND), 0, SECOND // 4).ends()

    assert caller(trace)[0].got == {"lost_us": 250_000, "said_us": 500_000}


def test_a_turn_that_the_end_of_the_run_cut_off_counts_as_far_as_it_was_said() -> None:
    trace = call().saw("caller.speaking", audio=[[0, 0]]).at(3).ends()

    assert caller_account(trace).said == SECOND * 3 // 2


def test_a_caller_who_said_nothing_decides_nothing() -> None:
    (finding,) = caller(call().at(5).ends())

    assert finding.verdict is Verdict.INCONCLUSIVE


def test_the_agents_speech_is_what_the_server_sent_against_what_the_client_gave_out() -> None:
    built = (
        call()
        .saw("server.response.output_audio.delta", 1, audio=[[0, 48_000]])
        .saw("audio.output", audio=[[0, 24_000]])
    )

    lost, repeated, reordered = agent(built.at(5).ends())

    assert lost.sentence.startswith("500 ms of 1 s of the agent's speech was lost instead of 0 ms")
    assert (repeated.verdict, reordered.verdict) == (Verdict.PASS, Verdict.PASS)


def test_an_audio_field_that_holds_no_positions_is_no_audio() -> None:
    built = heard(call().saw("client.session.update", 1, audio={"input": {}}).said(0, SECOND), 0, SECOND)

    assert caller(built.at(5).ends())[0].verdict is Verdict.PASS


# ── what was never finalised ─────────────────────────────────────────────────


def ended(built: TraceBuilder, *unfinalised: list[int], connection: int = 1) -> TraceBuilder:
    return built.saw("wire.reset", connection, by="proxy", account={"unfinalised": list(unfinalised)})


def finalised(trace: Trace, at_most_us: int = 0) -> Finding:
    (finding,) = caller(trace, AudioBounds(unfinalised=Bound(op="<=", value=at_most_us)))
    return finding


def test_speech_that_was_received_and_finalised_is_kept() -> None:
    trace = ended(heard(call().said(0, SECOND), 0, SECOND)).at(5).ends()

    assert finalised(trace).verdict is Verdict.PASS


def test_speech_that_was_received_and_never_finalised_is_told_with_its_size_and_place() -> None:
    trace = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND]).at(5).ends()

    finding = finalised(trace, 100_000)

    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == (
        "500 ms of 1 s of the caller's speech was unfinalised instead of at most 100 ms; "
        "the longest piece is 0.5 s to 1 s of the speech"
    )
    assert finding.got == {"unfinalised_us": 500_000, "said_us": 1_000_000}


def test_as_much_as_is_allowed_may_stay_unfinalised() -> None:
    trace = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND]).at(5).ends()

    assert finalised(trace, 500_000).verdict is Verdict.PASS


def test_speech_that_a_later_connection_finalised_is_kept() -> None:
    built = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND])
    built = ended(heard(built.connects(2), SECOND // 2, SECOND, 2), connection=2)

    assert finalised(built.at(5).ends()).verdict is Verdict.PASS


def test_speech_that_no_connection_finalised_is_lost_however_often_it_was_sent() -> None:
    built = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND])
    built = ended(heard(built.connects(2), SECOND // 2, SECOND, 2), [SECOND // 2, SECOND], connection=2)

    assert unfinalised_account(built.at(5).ends()).lost == SECOND // 2


def test_what_stands_on_a_living_connection_is_on_its_way() -> None:
    built = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND])
    built = heard(built.connects(2), SECOND // 2, SECOND, 2)

    assert finalised(built.at(5).ends()).verdict is Verdict.PASS


def test_speech_that_never_reached_the_server_is_lost_and_not_unfinalised() -> None:
    trace = ended(call().said(0, SECOND)).at(5).ends()

    assert unfinalised_account(trace).lost == 0
    assert caller_account(trace).lost == SECOND


def test_speech_that_was_nobodys_due_is_no_loss() -> None:
    built = ended(heard(call().said(0, SECOND), 0, SECOND), [SECOND // 2, SECOND])
    built = built.saw("run.disconnecting").said(SECOND, 2 * SECOND)
    trace = ended(heard(built.connects(2), SECOND // 2, 2 * SECOND, 2), [SECOND, 2 * SECOND], connection=2).at(5).ends()

    assert unfinalised_account(trace).lost == 0


def test_without_speech_nothing_is_said_of_it() -> None:
    (finding,) = caller(call().at(5).ends(), AudioBounds(unfinalised=NONE))

    assert finding.verdict is Verdict.INCONCLUSIVE
