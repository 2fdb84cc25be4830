"""What one process of pytest plays: whose client, on which clock, into which folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.clients.named import Way, way_to
from harness.errors import DeadairError
from harness.pytest_plugin.options import Clock, Wishes, wishes_of
from harness.scenario import Case, project_root

if TYPE_CHECKING:
    from harness.pytest_plugin.collecting import CaseItem
    from harness.pytest_plugin.players import Players
    from harness.pytest_plugin.run_folder import RunFolder
    from harness.reports import CaseResult

__all__ = ["Sitting"]


class Sitting:
    """Made when the first scenario file is met, or the first scenario is played by a test.

    Nothing runs, and no folder is there, before something is played. What runs is ended by `close`.
    """

    def __init__(self, wishes: Wishes, *, project: Path) -> None:
        self.wishes = wishes
        self.project = project
        self._planned: tuple[tuple[Case, Clock], ...] = ()
        self._folder: RunFolder | None = None
        self._players: Players | None = None
        self._ways: dict[str | tuple[str, ...], Way] = {}
        self._marks: set[str] = set()

    @classmethod
    def of(cls, config: pytest.Config) -> Sitting:
        """Raises pytest.UsageError if the client that the command line names is not there."""
        wishes = wishes_of(config)
        project = project_root(config.invocation_params.dir)
        try:
            if wishes.client:
                way_to(wishes.client, project=project)
        except DeadairError as error:
            raise pytest.UsageError(f"--deadair-client: {error}") from None
        return cls(wishes, project=project)

    @property
    def players(self) -> Players:
        if self._players is None:
            from harness.pytest_plugin.players import Players

            self._players = Players(project=self.project, proxy=self.wishes.proxy)
        return self._players

    def close(self) -> None:
        if self._players is not None:
            self._players.close()

    # ── who is tested, and on which clock ────────────────────────────────────

    def cast(self, case: Case, client: str = "") -> Case:
        """The case with the client that is to be tested in it: `client`, or the one of the command line, or its own."""
        asked = client or self.wishes.client
        return case.model_copy(update={"client": asked}) if asked else case

    def clock_for(self, case: Case, asked: str = "") -> tuple[Clock, str]:
        """The clock on which the case is to be played; and why it cannot be, or "".

        Raises:
            DeadairError: If its client is not there.
        """
        asked = asked or self.wishes.clock
        way = self._way(case.client) if case.client is not None else None
        only = case.clock or (way.clock if way is not None else None)
        if asked == "virtual" and only == "real":
            because = "the scenario says 'clock: real'" if case.clock else f"{case.client} runs on the real clock only"
            return "real", f"{because}: play it with --deadair-clock either"
        if way is not None and way.providers and case.provider not in way.providers:
            return "virtual", f"'{way.name}' calls {', '.join(way.providers)}, and this is a case of {case.provider}"
        if only is not None:
            return only, ""
        return ("real" if asked == "real" else "virtual"), ""

    def _way(self, client: str | tuple[str, ...]) -> Way:
        """Looked for once: a client on the shelf is looked for in its environment."""
        if client not in self._ways:
            self._ways[client] = way_to(client, project=self.project)
        return self._ways[client]

    def register_mark(self, config: pytest.Config, tag: str) -> None:
        if tag not in self._marks:
            self._marks.add(tag)
            config.addinivalue_line("markers", f"{tag}: a tag of scenarios")

    # ── playing ──────────────────────────────────────────────────────────────

    def plan(self, items: Sequence[pytest.Item]) -> None:
        """What is to be played, in the order of the tests. All workers of pytest-xdist collect the same items, so each
        lays out the same run folder."""
        from harness.pytest_plugin.collecting import CaseItem

        self._planned = tuple(
            (item.case, item.clock) for item in items if isinstance(item, CaseItem) and item.is_playable
        )

    @property
    def has_played(self) -> bool:
        """Whether there is something in the run folder."""
        return self._folder is not None

    def played(self, item: CaseItem) -> CaseResult:
        """Raises DeadairError if it cannot be played."""
        if self._folder is None:
            from harness.pytest_plugin.run_folder import RunFolder

            self._folder = RunFolder(
                self.wishes.out,
                self._planned,
                root=self.project,
                client=self.wishes.client,
                selection=self.wishes.selection,
                describes_itself=self.wishes.is_first,
            )
        return self._folder.play(item.case.id, self.players)
