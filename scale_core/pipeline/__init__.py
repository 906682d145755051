"""SCALE's four stages: decompose, assess, assign, execute."""
