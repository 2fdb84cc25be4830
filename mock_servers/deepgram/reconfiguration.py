"""Configure on /v2/listen: what is in force from then on.

Source: deepgram-sdk 7.17.0, ListenV2Configure: what is not supplied stays as it is. That a value out of its range is
answered with ConfigureFailure, rather than a fatal Error, follows from there being one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from mock_servers.deepgram.listen_v2_query import EAGER_EOT, EOT, EOT_TIMEOUT_MS, KEYTERM_CHARACTERS_MAX, FluxQuery
from mock_servers.deepgram.models import FLUX_LANGUAGES
from mock_servers.deepgram.turns import Thresholds

__all__ = ["Unfit", "reconfigured"]


class Unfit(ValueError):
    """A configuration that cannot be; the message says why."""


def reconfigured(query: FluxQuery, fields: Mapping[str, Any]) -> FluxQuery:
    """The query as this Configure changes it.

    Raises:
        Unfit: A field is of another type, out of its range, or not for this model.
    """
    numerals = fields.get("numerals")
    if numerals is not None and not isinstance(numerals, bool):
        raise Unfit("numerals is true or false.")
    keyterms = _texts(fields, "keyterms")
    if keyterms is not None and any(len(keyterm) > KEYTERM_CHARACTERS_MAX for keyterm in keyterms):
        raise Unfit(f"A keyterm has at most {KEYTERM_CHARACTERS_MAX} characters.")
    return dataclasses.replace(
        query,
        thresholds=_thresholds(query.thresholds, fields.get("thresholds")),
        keyterms=query.keyterms if keyterms is None else keyterms,
        language_hints=_language_hints(query, _texts(fields, "language_hints")),
        numerals=query.numerals if numerals is None else numerals,
    )


def _thresholds(now: Thresholds, given: object) -> Thresholds:
    if given is None:
        return now
    if not isinstance(given, dict):
        raise Unfit("thresholds is an object.")
    eot = _number(given, "eot_threshold", *EOT)
    eager_eot = _number(given, "eager_eot_threshold", *EAGER_EOT)
    timeout_ms = _number(given, "eot_timeout_ms", *EOT_TIMEOUT_MS)
    thresholds = Thresholds(
        eot=now.eot if eot is None else eot,
        eager_eot=now.eager_eot if eager_eot is None else eager_eot,
        eot_timeout_s=now.eot_timeout_s if timeout_ms is None else timeout_ms / 1000,
    )
    if thresholds.eager_eot is not None and thresholds.eager_eot > thresholds.eot:
        raise Unfit("eager_eot_threshold must not be greater than eot_threshold.")
    return thresholds


def _number(given: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Unfit(f"{name} is a number from {least} to {most}.")
    return value


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A text or a list of texts."""
    match fields.get(name):
        case None:
            return None
        case str(text):
            return (text,)
        case list(texts) if all(isinstance(text, str) for text in texts):
            return tuple(texts)
        case _:
            raise Unfit(f"{name} is a list of texts.")


def _language_hints(query: FluxQuery, hints: tuple[str, ...] | None) -> tuple[str, ...]:
    if hints is None:
        return query.language_hints
    if not query.is_multilingual:
        raise Unfit("language_hints needs flux-general-multi.")
    for hint in hints:
        if hint not in FLUX_LANGUAGES:
            raise Unfit(f"There is no language '{hint}'.")
    return hints
