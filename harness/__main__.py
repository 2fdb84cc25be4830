"""`python -m harness`: the same as `deadair`, from whichever environment it is called."""

from __future__ import annotations

from harness.cli import main

# Workers are fresh processes that import this file again.
if __name__ == "__main__":
    main()
