"""Clients for voice AI that bring a lost session back by themselves."""
