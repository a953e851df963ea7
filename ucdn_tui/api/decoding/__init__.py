"""Answers of the API: their bytes, and what they say."""
