"""What the keys, the palette and the help do: commands, their actions, and where each key works."""
