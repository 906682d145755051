"""Who gets how many rollouts: pure arithmetic, numbers in, counts out.

Knows scores, embeddings, budgets and seeds. Does not know problems, engines, events or pages: it
imports numpy and nothing of ours. `apportion` turns weights into counts; `baselines`, `rebase` and
`dora` are the rules for candidates; `directions` says who is alike, `votes` which answer wins;
`bandit` and `planning` choose among sub-problems; `published` is the papers' code, quirks and all.
"""
