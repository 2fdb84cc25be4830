"""`deadair schema`: the JSON Schemas of what people write and of what deadair does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from harness.cli import SETTINGS

__all__ = ["schema"]


def _scenario() -> dict[str, Any]:
    from harness.cli.explained import explained_schema

    return explained_schema()


def _result() -> dict[str, Any]:
    from harness.reports.document import result_schema

    return result_schema()


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {"scenario": _scenario, "result": _result}


@click.command(context_settings=SETTINGS)
@click.argument("what", type=click.Choice(list(SCHEMAS)), default="scenario")
def schema(what: str) -> None:
    """Print a JSON Schema: of scenario files, for editors, or of results, for programs.

    \b
    deadair schema > .deadair.schema.json
    and as the first line of a scenario file, for editors with the YAML language server:
    # yaml-language-server: $schema=.deadair.schema.json
    deadair schema result                         of 'deadair run --format json', and of each result.json
    """
    click.echo(json.dumps(SCHEMAS[what](), indent=2, ensure_ascii=False))
