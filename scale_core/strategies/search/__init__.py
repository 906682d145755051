"""Step-level searches: beam, DVTS, REBASE, DORA."""
