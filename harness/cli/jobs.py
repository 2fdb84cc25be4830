"""`--jobs`: how many processes a command uses, as many as there are cores if nobody says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

__all__ = ["jobs_option"]

JOBS_MAX = 64


def jobs_option(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a command the option, and it a parameter `jobs: int`."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, JOBS_MAX),
        default=lambda: min(os.cpu_count() or 1, JOBS_MAX),
        show_default="the number of cores",
        help=help,
    )
