"""`deadair schema`: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json

import click

from harness.cli import SETTINGS
from harness.scenario.schema import schema as json_schema

__all__ = ["schema"]


@click.command(context_settings=SETTINGS)
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    \b
    deadair schema > .deadair.schema.json
    and as the first line of a scenario file, for editors with the YAML language server:
    # yaml-language-server: $schema=.deadair.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
