"""Strategic scaling as a bandit (arXiv 2506.12721)."""
