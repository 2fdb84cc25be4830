"""Which upgrades to /v2/listen are refused."""

import json

import pytest

from mock_servers.base.protocol import Answer
from mock_servers.deepgram.listen_v2 import ListenV2
from tests.support.deepgram_story import deepgram, listen_request

FLUX = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": "16000"}


def asked(query: dict[str, str], **settings: object) -> Answer | ListenV2:
    outcome = deepgram(**settings).asked(listen_request(query, path="/v2/listen"), 0.0)
    assert isinstance(outcome, Answer | ListenV2)
    return outcome


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"channels": "1"}, 400, "Unknown query parameters: channels"),
        ({"interim_results": "true", "endpointing": "10"}, 400, "Unknown query parameters: interim_results, endpointing"),
        ({"model": "nova-3"}, 400, "Bad Request: No such model/language/tier combination found."),
        ({"sample_rate": "11025"}, 400, "Invalid 'sample_rate' value of '11025'."),
        ({"encoding": "flac"}, 400, "Failed to deserialize query parameters: unknown variant `flac`, expected one of `linear16`, `linear32`, `mulaw`, `alaw`, `opus`, `ogg-opus`"),
        ({"eot_threshold": "0.49"}, 400, "Invalid 'eot_threshold' value of '0.49'."),
        ({"eot_threshold": "high"}, 400, "Failed to deserialize query parameters: invalid float literal"),
        ({"eager_eot_threshold": "0.91"}, 400, "Invalid 'eager_eot_threshold' value of '0.91'."),
        ({"eager_eot_threshold": "0.8"}, 400, "eager_eot_threshold must not be greater than eot_threshold."),
        ({"eot_timeout_ms": "60001"}, 400, "Invalid 'eot_timeout_ms' value of '60001'."),
        ({"keyterm": "a" * 101}, 400, "A keyterm has at most 100 characters."),
        ({"language_hint": "es"}, 400, "language_hint needs flux-general-multi."),
        ({"model": "flux-general-multi", "language_hint": "tlh"}, 400, "Invalid 'language_hint' value of 'tlh'."),
        ({"redact": "ssn"}, 400, "Failed to deserialize query parameters: unknown variant `ssn`"),
        ({"numerals": "True"}, 400, "Failed to deserialize query parameters: provided string was not `true` or `false`"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_served_is_refused(query: dict[str, str], status: int, message: str):
    answer = asked({**FLUX, **query})

    assert isinstance(answer, Answer)
    assert (answer.status, json.loads(answer.body[0].data)["err_msg"]) == (status, message)


def test_a_model_must_be_told():
    answer = asked({"encoding": "linear16", "sample_rate": "16000"})

    assert isinstance(answer, Answer)
    assert dict(answer.headers)["dg-error"] == "Failed to deserialize query parameters: missing field `model`"


def test_a_model_that_the_project_may_not_use_is_refused_with_403():
    answer = asked(FLUX, forbidden_models="nova-3,flux-general-en")

    assert isinstance(answer, Answer)
    assert answer.status == 403


@pytest.mark.parametrize(
    "query",
    [
        {"tag": "a-run"}, {"keyterm": "snuffle"}, {"eot_threshold": "1.0"}, {"eot_threshold": "0.5"},
        {"eager_eot_threshold": "0.3"}, {"eot_timeout_ms": "500"}, {"redact": "numbers"}, {"mip_opt_out": "true"},
        {"profanity_filter": "true"}, {"sample_rate": "44100"}, {"encoding": "opus"}, {"encoding": "alaw"},
    ],
    ids=str,
)  # fmt: skip
def test_all_that_flux_knows_is_taken(query: dict[str, str]):
    assert isinstance(asked({**FLUX, **query}), ListenV2)


def test_a_container_needs_no_encoding():
    assert isinstance(asked({"model": "flux-general-en"}), ListenV2)
