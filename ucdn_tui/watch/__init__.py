"""Watching an account's tasks: what is known, what to ask next, and in which order to show it; no terminal."""
