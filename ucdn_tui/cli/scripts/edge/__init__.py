"""Verifying at the edge, for the commands."""
