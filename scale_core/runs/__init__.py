"""Runs: lanes on one problem, live or replayed."""
