"""The command line: one file per command, and here the door to them all."""

from __future__ import annotations

import atexit
import gc
import importlib
from typing import Any

import click

from harness.errors import DeadairError

__all__ = ["main"]

EXIT_WRONG_CALL = 2
"""The call or a scenario file is wrong. 0: all pass, 1: a scenario failed, 3: inconclusive, or our own fault."""

EXIT_OURS = 3

SETTINGS = {"help_option_names": ["-h", "--help"]}
"""For each command, so that it is the same whether it is called through the door or, as tests do, by itself."""

TYPED = "deadair.typed"
"""The words after `deadair`, in a context's `meta`: for a command that is to go on in another environment."""

COMMANDS = {
    "new": "Begin to test a client of your own: an adapter, a scenario, its entry in pyproject.toml.",
    "run": "Play scenarios and say whether the calls survived.",
    "check": "Look for mistakes in scenario files without playing them.",
    "show": "Show scenarios as they are played: expanded, with every default.",
    "report": "Tell what a run came to: in words, as a web page, as JSON, JUnit or CTRF.",
    "judge": "Judge recorded traces again, with today's rules.",
    "rerun": "Play a run again, exactly, and say whether it comes out the same.",
    "replay": "Serve what the server did in a run, with its timing, to any client.",
    "diff": "Say what is different between two runs.",
    "compare": "Say what is different between two versions, and whether it is a regression.",
    "baseline": "Keep what the cases are like in a file, to compare with later.",
    "serve": "Serve a mock Gemini Live, OpenAI Realtime or Deepgram for any client.",
    "proxy": "Serve the embedded fault proxy with Toxiproxy's HTTP face.",
    "clients": "Known clients: list them, install them, say where they are.",
    "scoreboard": "Say which clients keep which rules, and what speaks against the others.",
    "schema": "Print the JSON Schema of scenario files, or of results.",
    "doctor": "Say what is found on this machine, what is missing, and how to get it.",
}
"""Each command lives in the file of its name; it is imported when it is called, so that `--help` is quick."""


# What is left at the end goes with the process: looking through all of it for garbage once more took 0.05 s.
atexit.register(gc.freeze)


class _Commands(click.Group):
    """The group; an error of ours ends a command with its message, not with a traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"harness.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx=ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DeadairError as error:
            click.echo(str(error), err=True)
            ctx.exit(EXIT_WRONG_CALL)


@click.command(
    cls=_Commands,
    context_settings=SETTINGS | {"max_content_width": 110},
    epilog="Exit codes: 0 all pass, 1 a scenario failed, 2 the call or a file is wrong, 3 inconclusive or our own fault.",
)
@click.version_option(package_name="deadair", prog_name="deadair")
def main() -> None:
    """deadair plays connection failures against real voice-AI clients, and says whether the call survived.

    \b
    deadair run                                   the whole pack, on the real clock
    deadair run --clock virtual                   the same in seconds
    deadair run my.yaml -k 'half-open'            what has this in its name
    deadair new                                   begin to test a client of your own
    deadair serve openai-realtime                 a mock for your own client
    """
