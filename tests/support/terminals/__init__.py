"""Runs programs in real terminals."""
