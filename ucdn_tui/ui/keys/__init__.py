"""Key bindings: their names, the user's keymap, and the commands they stand for."""
