"""Which candidates reason the same way."""
