"""Answers: taken out of replies, compared, grouped."""
