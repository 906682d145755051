"""Who gets how many rollouts: pure arithmetic, numbers in, counts out.

Knows scores, embeddings, budgets and seeds. Does not know problems, engines, events or pages: it
imports numpy and nothing of ours. One file a rule: `apportion` turns weights into counts;
`uniform`, `beam`, `dvts`, `rebase` and `dora` are the rules for candidates; `directions` says who
is alike, `votes` which answer wins, and `published.search_loop` replays the published search.
"""
