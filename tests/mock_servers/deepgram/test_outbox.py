"""Later, and in order."""

from hypothesis import given
from hypothesis import strategies as st

from mock_servers.base.protocol import Close
from mock_servers.deepgram.outbox import Outbox


@given(st.lists(st.floats(0, 100), max_size=20))
def test_nothing_overtakes_what_waits(times: list[float]):
    outbox = Outbox()
    for number, at_s in enumerate(times):
        outbox.put(Close(code=number), at_s)

    out = [action for now_s in range(101) for action in outbox.due(now_s)]

    assert out == [Close(code=number) for number in range(len(times))]
    assert not outbox


def test_what_is_put_in_for_a_past_time_is_due_with_what_was_there_before():
    outbox = Outbox()
    outbox.put(Close(code=1), 5.0)
    outbox.put(Close(code=2), 1.0)

    assert (outbox.due(4.9), outbox.next_at_s()) == ([], 5.0)
    assert outbox.due(5.0) == [Close(code=1), Close(code=2)]
