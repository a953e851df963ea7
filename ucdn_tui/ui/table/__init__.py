"""The virtual table that both panes use."""
