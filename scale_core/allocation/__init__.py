"""Allocation: numbers in, counts out."""
