"""Which of the speech that a connection brought lies beyond what its server has finalised."""

from harness.runner.spoken import Heard, Spoken


def heard(*, received_s: float, finalised_s: float) -> Heard:
    received_us, finalised_us = round(received_s * 1e6), round(finalised_s * 1e6)
    return Heard(received_us=received_us, processed_us=received_us, finalised_us=finalised_us)


def test_speech_that_is_finalised_is_left_alone() -> None:
    spoken = Spoken()
    spoken.add(3200, [(0, 3200)])

    assert spoken.unfinalised(heard(received_s=0.1, finalised_s=0.1)) == []


def test_silence_is_nobodys_loss() -> None:
    spoken = Spoken()
    spoken.add(3200, [(0, 3200)])
    spoken.add(3200, [])

    assert spoken.unfinalised(heard(received_s=0.2, finalised_s=0.1)) == []


def test_pieces_that_go_on_are_one_part() -> None:
    spoken = Spoken()
    for start in range(0, 16_000, 1600):
        spoken.add(1600, [(start, start + 1600)])

    assert spoken.unfinalised(heard(received_s=0.5, finalised_s=0.1)) == [[3200, 16_000]]


def test_a_final_result_may_end_in_the_middle_of_a_piece() -> None:
    spoken = Spoken()
    spoken.add(3200, [(800, 4000)])
    spoken.add(3200, [(8000, 11_200)])

    assert spoken.unfinalised(heard(received_s=0.2, finalised_s=0.05)) == [[2400, 4000], [8000, 11_200]]


def test_the_middle_of_a_piece_may_lie_between_two_parts_of_speech() -> None:
    spoken = Spoken()
    spoken.add(3200, [(0, 800), (1600, 4000)])

    assert spoken.unfinalised(heard(received_s=0.1, finalised_s=0.05)) == [[2400, 4000]]


def test_only_the_ratio_of_the_servers_times_counts() -> None:
    spoken = Spoken()
    spoken.add(800, [(0, 800)])

    assert spoken.unfinalised(heard(received_s=7.0, finalised_s=3.5)) == [[400, 800]]


def test_a_server_that_received_nothing_has_lost_nothing() -> None:
    assert Spoken().unfinalised(heard(received_s=0.0, finalised_s=0.0)) == []
