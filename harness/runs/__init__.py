"""What `deadair run` leaves behind: a folder that says what was played, where and how, and that plays again elsewhere."""

from harness.runs.about import About, Entry, about_here, write_about
from harness.runs.archive import is_archive
from harness.runs.beginning import begin_folder, folder_name
from harness.runs.errors import RunError
from harness.runs.name import split_name
from harness.runs.opening import RUNS_FOLDER, open_run
from harness.runs.run import KeptRun, Run
from harness.runs.versions import differences

__all__ = [
    "RUNS_FOLDER", "About", "Entry", "KeptRun", "Run", "RunError", "about_here", "begin_folder", "differences", "folder_name", "is_archive", "open_run", "split_name",
    "write_about",
]  # fmt: skip
