"""Key bindings: the lists, the user's keymap, and the actions that they run."""
