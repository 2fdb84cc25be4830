"""Who is put to the test: deadair's own providers, the known clients, and whoever the user names. Looks, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.clients.environments import NotInstalled, environment
from harness.clients.named import way_to
from harness.clients.shelf import SHELF, KnownClient
from harness.scenario.catalogue import PROVIDERS
from harness.scoreboard.contender import Contender

__all__ = ["contenders", "own_version"]

OWN = {f"deadair-{provider}": provider for provider in PROVIDERS}
"""deadair's own providers, as the board calls them."""


def contenders(names: Iterable[str], *, project: Path) -> tuple[Contender, ...]:
    """Those that are named; or all known ones, and deadair's own, if none is.

    Args:
        project: Its `pyproject.toml` has the user's own names.

    Raises:
        NamedWrongly: If nobody is called so.
    """
    return tuple(_contender(name, project) for name in dict.fromkeys(names or (*OWN, *SHELF)))


def own_version() -> str:
    """deadair's own; a checkout that is not installed has none."""
    try:
        return version("deadair")
    except PackageNotFoundError:
        return "checkout"


def _contender(name: str, project: Path) -> Contender:
    if name in OWN:
        title = f"deadair's own {OWN[name]} provider"
        return Contender(name=name, title=title, providers=(OWN[name],), version=f"deadair {own_version()}", ours=True)
    try:
        way = way_to(name, project=project)
    except NotInstalled as error:
        return _on_the_shelf(SHELF[name], f"{SHELF[name].package} {SHELF[name].version}", missing=str(error))
    if name in SHELF and way.providers == (SHELF[name].provider,):
        known = SHELF[name]
        return _on_the_shelf(known, f"{known.package} {environment(known).version}")
    return Contender(
        name=name,
        title=name,
        providers=way.providers or PROVIDERS,
        version=way.version,
        reconnects=way.reconnects is not False,
        clock=way.clock or "virtual",
    )


def _on_the_shelf(known: KnownClient, told: str, *, missing: str = "") -> Contender:
    return Contender(
        name=known.name,
        title=known.title,
        providers=(known.provider,),
        version=told,
        reconnects=known.reconnects,
        clock=known.clock,
        missing=missing,
    )
