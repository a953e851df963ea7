"""The program's screens, run in a test, and what is on them."""
