"""The published code's arithmetic, quirks and all."""
