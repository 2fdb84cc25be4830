"""The command line: one file per command."""


def main() -> None:
    raise SystemExit("deadair is being built")
