"""The terminal: escape sequences, signals, and everything that depends on Textual's private parts."""
