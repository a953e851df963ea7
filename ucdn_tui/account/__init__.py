"""The account to watch: profiles, keys, connection, preferences; no terminal."""
