"""Servers on loopback, and calls to them."""
