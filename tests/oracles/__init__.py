"""Recorded results of published code, and the command that holds ours against them.

python -m tests.oracles FILE...
"""
