"""`deadair clients`: the clients that everybody uses, and an environment for each."""

from __future__ import annotations

import time

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.clients.environments import NotInstalled, environment, install
from harness.clients.installing import NotInstallable
from harness.clients.shelf import SHELF, KnownClient, known

__all__ = ["clients"]


@click.group(context_settings=SETTINGS)
def clients() -> None:
    """Known clients: list them, install them, say where they are.

    Each is installed with its own dependencies into an environment of its own, never into deadair's.

    \b
    deadair clients install --all
    deadair run --client pipecat-gemini scenarios/incidents
    """


@clients.command("list", context_settings=SETTINGS)
def list_clients() -> None:
    """List the known clients: whose protocol each speaks, in which version, and on which clock it runs."""
    rows = [("client", "provider", "version", "installed", "clock"), *(_row(client) for client in SHELF.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(client: KnownClient) -> tuple[str, str, str, str, str]:
    asked = f"{client.package} {client.version}"
    try:
        environment(client)
        installed = "yes"
    except NotInstalled:
        installed = "no"
    return client.name, client.provider, asked, installed, client.clock


@clients.command("install", context_settings=SETTINGS)
@click.argument("names", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Install every known client.")
def install_clients(names: tuple[str, ...], everyone: bool) -> None:
    """Install known clients, by NAME or all of them, each into its own environment.

    What is there already is left alone. Exits with 3 if one could not be installed; the others are.
    """
    if everyone == bool(names):
        raise click.UsageError("Name the clients to install, or say --all. 'deadair clients list' shows them.")
    chosen = [known(name) for name in dict.fromkeys(names or SHELF)]
    failed = [client for client in _one_of_each(chosen) if not _installed(client, chosen)]
    if failed:
        raise SystemExit(EXIT_OURS)


def _one_of_each(chosen: list[KnownClient]) -> list[KnownClient]:
    """Clients that ask for the same share an environment; one of them stands for all."""
    first: dict[str, KnownClient] = {}
    for client in chosen:
        first.setdefault(client.environment, client)
    return list(first.values())


def _installed(client: KnownClient, chosen: list[KnownClient]) -> bool:
    sharing = ", ".join(each.name for each in chosen if each.environment == client.environment)
    click.echo(f"{client.package} {client.version} ({sharing}) … ", nl=False)
    began_s = time.monotonic()
    try:
        try:
            environment(client)
            click.echo("is there")
        except NotInstalled:
            install(client)
            click.echo(f"installed in {time.monotonic() - began_s:.0f} s")
    except NotInstallable as error:
        click.echo("failed")
        click.echo(f"could not install {client.package} {client.version}: {error}", err=True)
        return False
    return True


@clients.command("path", context_settings=SETTINGS)
@click.argument("name")
def path(name: str) -> None:
    """Print the Python interpreter of a client's environment."""
    click.echo(environment(known(name)).python)
