"""Capabilities that cannot even be imported."""

raise ImportError("this SDK has moved its client elsewhere")
