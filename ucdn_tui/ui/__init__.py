"""The screen: everything that imports Textual."""
