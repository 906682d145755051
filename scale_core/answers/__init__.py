"""Final answers: taken out of replies, compared, grouped."""
