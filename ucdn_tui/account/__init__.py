"""Whose account is watched: profiles, keys, connection, preferences; no terminal."""
