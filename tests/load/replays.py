"""Replays every run of a run folder to its own client, and counts how many come to the same call.

deadair run --clock virtual --out pack
python -m tests.load.replays pack
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harness.replay import audible, difference, script_of
from harness.reports import judged
from harness.reports.difference import difference_lines
from harness.runner.pack import run_tasks
from harness.runner.task import Finished, How, Task
from harness.runs import KeptRun, open_run
from harness.trace import Trace, TraceError, load

__all__ = ["main"]

JOBS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    kept = open_run(parser.parse_args().run).kept
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for case_id, then, now, verdict in _replayed(kept, Path(folder)):
            found = difference(audible(then), audible(now)) if now is not None else None
            is_same = found is not None and found.is_same
            has_verdict = judged(then).verdict.value == verdict
            counted["the same" if is_same else "the same verdict" if has_verdict else "another verdict"] += 1
            if found is not None and not is_same:
                print(case_id)
                for line in difference_lines(found, left="then", right="now"):
                    print("    " + "".join(span.text for span in line)[:160])
    print(", ".join(f"{number} {what}" for what, number in counted.most_common()))


def _replayed(kept: tuple[KeptRun, ...], folder: Path) -> Iterator[tuple[str, Trace, Trace | None, str]]:
    """Of each run its case's id, its trace, the trace of its replay, and the verdict on that."""
    tasks, then = [], []
    for one in kept:
        try:
            trace = one.trace()
            script = script_of(trace)
        except TraceError as error:
            print(f"{one.case_id}: {error}")
            continue
        place = folder / one.folder.name
        place.mkdir()
        tasks.append(Task(number=len(tasks), case=one.case(), seed=one.seed, folder=place, script=script))
        then.append(trace)
    for told in run_tasks(tasks, How(clock="virtual"), judge=judged, jobs=JOBS):
        if isinstance(told, Finished):
            task = tasks[told.number]
            yield task.case.id, then[told.number], _trace(task), told.result.verdict.value


def _trace(task: Task) -> Trace | None:
    try:
        return load(task.trace_path)
    except TraceError:
        return None


if __name__ == "__main__":
    main()
