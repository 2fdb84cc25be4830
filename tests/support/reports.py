"""Results for web pages: real verdicts on stories of every kind, and results that mean harm."""

from __future__ import annotations

import random

from harness.reports import CaseResult, judged
from harness.scenario.model import Audio, AudioBounds, Bound, CloseFrame, Down, Fault, Line, Matcher, Order, Trigger
from harness.trace import Trace
from tests.support.results import result_of
from tests.support.traces import TraceBuilder, case

__all__ = ["HARM", "eventful", "hostile", "lost", "unfired"]

SECOND = 32_000
"""Bytes of a caller's second."""

HARM = "</script><script>harmed()</script><img src=x onerror=harmed()>\"'><svg onload=harmed()>{{ 7 * 7 }}\x1b[31m\u202e\ud800\x00"
"""Ends a script, begins one, breaks out of attributes, asks for an image, is a template, colours, turns, and is no text."""


def lost_story(name: str = "cut") -> Trace:
    """An outage that is too long for the caller's speech, with every lane in use."""
    order = Order(
        lines=(Line(match=Matcher(event="wire.closed")), Line(match=Matcher(event="wire.ready"), within_us=1_000_000))
    )
    asked = case(
        order=order,
        audio=Audio(caller=AudioBounds(lost=Bound(op="<=", value=0))),
        faults=(
            Fault(id=name, trigger=Trigger(at_us=2_000_000), do=CloseFrame(code=1011)),
            Fault(id="outage", trigger=Trigger(at_us=2_000_000), do=Down(), for_us=2_000_000),
        ),
    )
    built = TraceBuilder(asked).state("active").connects(1)
    built.saw("caller.speaking", audio=[[0, 0]])
    for number in range(100):
        begins = number * SECOND // 50
        built.at(number / 50).saw("client.input_audio_buffer.append", 1, audio=[[begins, begins + SECOND // 50]])
    built.at(2).saw(f"fault.{name}", 1, do="close").saw("fault.outage", do="down")
    built.saw("wire.closed", 1, code=1011, reason="try again", by="server")
    built.saw("connection.reconnecting", attempt=1, backoff_delay=1.0).state("connecting")
    built.at(3).refused(2).saw("connection.reconnecting", attempt=2, backoff_delay=2.0)
    built.at(4).saw("caller.paused", audio=[[0, 4 * SECOND]]).saw("fault.outage.healed")
    built.at(5).connects(3).saw("connection.reconnected", attempts=2).state("active")
    built.at(6).saw("server.response.output_audio.delta", 3, audio=[[0, 48_000]])
    built.at(6.1).saw("audio.output", audio=[[0, 48_000]])
    return built.at(9).ends()


def lost() -> CaseResult:
    asked = case()
    return result_of(judged(lost_story()), asked=asked, case_id="calls.yaml::a call that loses speech[cut=close]")


def unfired() -> CaseResult:
    """A fault that never had its moment."""
    asked = case(faults=(Fault(id="late", trigger=Trigger(at_us=99_000_000), do=Down()),))
    return result_of(judged(TraceBuilder(asked).state("active").connects(1).at(3).ends()), asked=asked)


def hostile(harm: str = HARM) -> CaseResult:
    """Harm wherever somebody else's words get into a report."""
    asked = case(order=Order(lines=(Line(match=Matcher(event=f"server.{harm}")),)))
    asked = asked.model_copy(
        update={
            "scenario": harm,
            "summary": harm,
            "place": f"{harm}:1",
            "faults": (Fault(id="x", trigger=Trigger(at_us=1), do=CloseFrame(code=1011, reason=harm)),),
        }
    )
    built = TraceBuilder(asked).state(harm).connects(1)
    built.at(1).saw("fault.x", 1, do="close").saw("wire.closed", 1, code=harm, reason=harm, by="server")
    built.saw("connection.failed", reason=harm, **{harm: harm}).saw(f"server.{harm}x", 1, text=harm)
    trace = built.saw(f"client.{harm}", 1).at(3).ends(harm, detail=harm)
    return result_of(judged(trace), asked=asked, case_id=f"calls.yaml::{harm}")


def eventful(events: int = 10_000, *, seed: int = 0) -> CaseResult:
    """A call in which so much happens, and no two events say the same."""
    chance = random.Random(seed)
    asked = case(order=Order(lines=(Line(match=Matcher(event="wire.closed")),)))
    built = TraceBuilder(asked).state("active").connects(1)
    owners = ("server", "client", "session", "error")
    for number in range(events):
        owner = owners[number % len(owners)]
        built.at(number / 100).saw(f"{owner}.kind{number * number % 101}", 1, text=chance.randbytes(40).hex())
    return result_of(
        judged(built.at(events / 100 + 1).ends()), asked=asked, case_id=f"calls.yaml::an eventful call {seed}"
    )
