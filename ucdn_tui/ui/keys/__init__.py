"""Key bindings: all there are, with their ids, and the keys that the user chose instead."""
