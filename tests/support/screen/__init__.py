"""Runs the program's screens in a test and reads them."""
