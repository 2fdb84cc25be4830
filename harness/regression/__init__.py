"""Regressions: what a case was like, kept in a file, and how two of them differ."""
