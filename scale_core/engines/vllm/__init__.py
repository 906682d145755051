"""vLLM in the program's own process."""
