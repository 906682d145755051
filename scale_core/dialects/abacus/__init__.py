"""The embedded model's dialect."""
