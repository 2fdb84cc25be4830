"""What a scenario or a recorded script says, in the words of the mocks."""

from __future__ import annotations

from typing import Any

from harness.replay import script
from harness.scenario import model
from mock_servers.base import protocol, trouble
from mock_servers.replayed import Mark, Say, Step
from mock_servers.replayed.steps import Deed

__all__ = ["refusal_of", "step_of", "trouble_of"]


def trouble_of(action: model.Action) -> trouble.Trouble:
    """The mock's word for a scenario's action."""
    match action:
        case model.Http():
            return refusal_of(action)
        case model.Stall():
            return trouble.Stall(phase=action.phase)
        case model.CloseFrame():
            return trouble.CloseConnection(code=action.code, reason=action.reason, never_answer=action.never_answer)
        case model.BadFrame():
            return trouble.BadFrame(frame=action.frame)
        case model.MutePings():
            return trouble.MutePings()
        case model.DelayPongs():
            return trouble.DelayPongs(delay_s=action.delay_us / 1e6)
        case model.StopReading():
            return trouble.StopReading()
        case model.Send():
            return trouble.SendMessage(message=action.message)
        case model.ErrorEvent():
            return trouble.ProviderError(code=action.code)
        case model.GoAway():
            return trouble.GoAway(time_left_s=action.time_left_us / 1e6)
        case model.SessionExpired():
            return trouble.SessionExpired()
        case model.RateLimited():
            return trouble.RateLimited(retry_after_s=_seconds(action.retry_after_us))
        case model.Quota():
            return trouble.Quota()
        case model.FailResponse():
            return trouble.FailResponse(code=action.code)
        case model.Withhold():
            return trouble.Withhold(name=action.event)
        case model.Garble():
            return trouble.Garble(name=action.event)
        case model.Duplicate():
            return trouble.Duplicate(name=action.event)
        case model.RefuseResume():
            return trouble.RefuseResume()
        case model.Reject():
            return trouble.Reject(name=action.message)
        case model.Tls():
            if action.fault == "stall":
                return trouble.Stall(phase="tls")
            return trouble.BadCertificate(kind=action.fault)
    raise AssertionError(f"no trouble for {action!r}")


def step_of(step: script.Step) -> Step:
    """The mock's word for a step of a script."""
    at_s, awaits = step.at_us / 1e6, step.awaits
    deed = _deed_of(step.deed)
    if awaits is None:
        return Step(deed=deed, at_s=at_s)
    return Step(deed=deed, at_s=at_s, awaits=(awaits.name, awaits.nth), after_s=awaits.after_us / 1e6)


def _deed_of(deed: script.Deed) -> Deed:
    match deed:
        case script.Say():
            return Say(name=deed.name, body=deed.fields, audio=deed.audio, garbled=deed.garbled)
        case script.Ready():
            return protocol.Ready(resumed=deed.resumed)
        case script.Note():
            return Mark(number=deed.number)
        case script.Hang(code=1006):
            return protocol.Abort(reset=deed.reset)
        case script.Hang():
            return protocol.Close(code=None if deed.code == 1005 else deed.code, reason=deed.reason)


def refusal_of(refused: model.Http | script.Refused) -> trouble.RefuseUpgrade:
    """The mock's word for an upgrade that is refused, on a scenario's order or as it was recorded."""
    status = refused.status
    assert status is not None, "who is refused by TCP never comes so far"
    form: Any = refused.form
    return trouble.RefuseUpgrade(
        status=status,
        retry_after_s=_seconds(refused.retry_after_us),
        form=form,
        headers=refused.headers,
        body=refused.body,
    )


def _seconds(us: int | None) -> float | None:
    return None if us is None else us / 1e6
