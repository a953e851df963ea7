"""The colours of themes, and their contrast."""
