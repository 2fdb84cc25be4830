"""All invariants, by their numbers."""

from __future__ import annotations

from harness.expectations.invariants import (
    i01_every_close_is_a_drop,
    i02_one_live_connection,
    i03_stop_is_final,
    i04_one_last_word,
    i05_every_outage_is_told,
    i06_the_cause_survives,
    i07_the_old_one_is_silent,
    i08_an_error_is_no_end,
    i09_bounded_noise,
    i10_retry_after_is_obeyed,
    i11_delays_grow,
    i12_no_busy_loop,
    i13_the_counter_needs_proof,
    i14_no_death_of_old_age,
    i15_refused_for_good,
    i16_one_blip_is_no_end,
    i17_the_first_retry_is_quick,
    i18_a_fresh_key_for_each_attempt,
    i19_half_open_is_noticed,
    i20_every_phase_has_a_deadline,
    i21_stop_is_prompt,
    i22_configured_before_audio,
    i23_no_poison,
    i24_a_warning_is_heeded,
    i25_calls_are_settled_once,
    i26_no_sample_twice,
    i27_bounded_backlog,
    i28_nothing_is_left,
)
from harness.expectations.invariants.ruling import Invariant

__all__ = ["INVARIANTS"]

INVARIANTS: dict[str, Invariant] = {
    invariant.number: invariant
    for invariant in (
        i01_every_close_is_a_drop.INVARIANT,
        i02_one_live_connection.INVARIANT,
        i03_stop_is_final.INVARIANT,
        i04_one_last_word.INVARIANT,
        i05_every_outage_is_told.INVARIANT,
        i06_the_cause_survives.INVARIANT,
        i07_the_old_one_is_silent.INVARIANT,
        i08_an_error_is_no_end.INVARIANT,
        i09_bounded_noise.INVARIANT,
        i10_retry_after_is_obeyed.INVARIANT,
        i11_delays_grow.INVARIANT,
        i12_no_busy_loop.INVARIANT,
        i13_the_counter_needs_proof.INVARIANT,
        i14_no_death_of_old_age.INVARIANT,
        i15_refused_for_good.INVARIANT,
        i16_one_blip_is_no_end.INVARIANT,
        i17_the_first_retry_is_quick.INVARIANT,
        i18_a_fresh_key_for_each_attempt.INVARIANT,
        i19_half_open_is_noticed.INVARIANT,
        i20_every_phase_has_a_deadline.INVARIANT,
        i21_stop_is_prompt.INVARIANT,
        i22_configured_before_audio.INVARIANT,
        i23_no_poison.INVARIANT,
        i24_a_warning_is_heeded.INVARIANT,
        i25_calls_are_settled_once.INVARIANT,
        i26_no_sample_twice.INVARIANT,
        i27_bounded_backlog.INVARIANT,
        i28_nothing_is_left.INVARIANT,
    )
}
"""A new one is a file and a line here."""
