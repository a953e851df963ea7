"""Programs that ucdn-tui starts: the browser, and the user's own command."""
