"""Polling: what to ask the API next, and when."""
