"""A search lane's tree as a small JSON value: depth x candidates, like values merged.

Knows how candidates become a few dozen nodes: those with the same value under the same parent are
one node, and what does not fit in a column is counted, not drawn. Does not know pixels, themes or
the other kinds of lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import networkx as nx

from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.views import colours, units

ROOT = "root"
COLUMN = 9  # nodes of one depth that are sent at most
VALUE = 12


@dataclass
class Group:
    """Candidates of one depth with the same value under the same parent; `id` is the first's."""

    id: str
    depth: int
    parent: str
    value: str | None
    node: str
    members: list[ev.Proposed] = field(default_factory=list)

    @property
    def score(self) -> float | None:
        """Mean of its candidates' path scores, None where none is known."""
        known = [m.total if m.total is not None else m.score for m in self.members]
        found = [s for s in known if s is not None]
        return sum(found) / len(found) if found else None


@dataclass(frozen=True)
class Tree:
    """All groups by id, in order of appearance; where each candidate is; what each was given."""

    groups: Mapping[str, Group]
    home: Mapping[str, str]
    given: Mapping[str, ev.Share]

    def rollouts(self, group: Group) -> int | None:
        """Rollouts that the next allocation gave a group, None before there is one."""
        shares = [self.given[m.id] for m in group.members if m.id in self.given]
        return sum(s.count for s in shares) if shares else None

    def direction(self, group: Group) -> str | None:
        """The name of the direction that the next allocation counted a group's best member to."""
        names = (self.given[m.id].group for m in group.members if m.id in self.given)
        return next((name for name in names if name is not None), None)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """Ids of the groups, an arrow to each from the one that it extends, or from the root."""
        return nx.DiGraph((group.parent, group.id) for group in self.groups.values())

    def before(self, group: Group) -> list[Group]:
        """The groups that led to this one, the first step's first."""
        path = nx.shortest_path(self.graph, ROOT, group.id)
        return [self.groups[id] for id in path[1:-1]]

    def path(self, ends: Iterable[Group]) -> set[str]:
        """Ids of these groups and of all groups before them."""
        back = nx.bfs_layers(nx.reverse_view(self.graph), [group.id for group in ends])
        return {id for layer in back for id in layer if id != ROOT}

    @property
    def ends(self) -> list[Group]:
        """Groups that nothing extends."""
        return [group for group in self.groups.values() if not self.graph.succ[group.id]]


def tree(run: Run) -> Tree:
    """The groups of a run's candidates. Made once between two events, as several drawings use
    it."""
    return run.once(_tree)


def _tree(run: Run) -> Tree:
    groups: dict[tuple[str, int, str | None, str], Group] = {}
    home: dict[str, str] = {}
    for candidate in run.candidates.values():
        parent = ROOT if candidate.parent is None else home.get(candidate.parent, ROOT)
        ended = candidate.ended if candidate.result is None else ""
        key = (parent, candidate.depth, candidate.result, ended)
        if key not in groups:
            groups[key] = Group(
                candidate.id, candidate.depth, parent, candidate.result, candidate.node
            )
        groups[key].members.append(candidate)
        home[candidate.id] = groups[key].id
    given = {s.id: s for allocated in run.rounds for s in allocated.shares}
    return Tree({g.id: g for g in groups.values()}, home, given)


def letters(run: Run) -> dict[tuple[int, str], str]:
    """A letter for each direction of each round of a search, the one with most rollouts first."""
    found: dict[tuple[int, str], str] = {}
    for allocated in run.rounds if run.candidates else ():
        size: dict[str, int] = {}
        for share in allocated.shares:
            if share.group is not None:
                size[share.group] = size.get(share.group, 0) + share.count
        ranked = sorted(size, key=lambda name: -size[name])
        found |= {(allocated.round, name): _letter(i) for i, name in enumerate(ranked)}
    return found


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else f"A{index - 25}"


# ---- the drawing ---------------------------------------------------------------------------


def view(run: Run) -> dict[str, Any]:
    """Columns with their names, the nodes to draw, and what each column leaves out."""
    made = tree(run)
    won = made.path(_elected(run, made)) if run.answer else set()
    names = letters(run)
    nodes: list[dict[str, Any]] = []
    more: list[list[int]] = []
    for depth, column in sorted(_columns(made).items()):
        ranked = sorted(column, key=lambda g: _rank(made, g, won))
        kept = {g.id for g in ranked[:COLUMN]}
        for group in column:
            if group.id in kept:
                letter = names.get((depth + 1, made.direction(group) or ""))
                nodes.append(_node(made, group, won, letter))
        rest = [g for g in column if g.id not in kept]
        if rest:
            more.append([depth, len(rest), sum(len(g.members) for g in rest)])
    return {"kind": "tree", "columns": _names(run), "nodes": nodes, "more": more}


def _columns(made: Tree) -> dict[int, list[Group]]:
    """Groups by depth, those of one parent together, parents in their own order."""
    columns: dict[int, list[Group]] = {}
    for group in made.groups.values():
        columns.setdefault(group.depth, []).append(group)
    at: dict[str, int] = {ROOT: 0}
    for depth in sorted(columns):
        columns[depth].sort(key=lambda g: at.get(g.parent, 0))
        at |= {group.id: row for row, group in enumerate(columns[depth])}
    return columns


def _elected(run: Run, made: Tree) -> list[Group]:
    """The last groups whose value is the answer."""
    answer = run.answer.answer if run.answer else None
    return [group for group in made.ends if group.value == answer]


def _rank(made: Tree, group: Group, won: set[str]) -> tuple[bool, int, float]:
    weight = len(group.members) + (made.rollouts(group) or 0)
    return group.id not in won, -weight, -(group.score or 0.0)


def _node(made: Tree, group: Group, won: set[str], letter: str | None) -> dict[str, Any]:
    given = made.rollouts(group)
    ended = {m.ended for m in group.members}
    return {
        "id": group.id,
        "x": group.depth,
        "p": group.parent,
        "n": len(group.members),
        "k": given,
        "s": colours.level(group.score),
        "p2": units.rounded(group.score, 3),
        "g": letter,
        "v": None if group.value is None else units.shorten(group.value, VALUE),
        "cut": given == 0,
        "bad": group.value is None or ended <= {"length", "repetition", "unreadable"},
        "won": group.id in won,
    }


def _names(run: Run) -> list[str]:
    """A name for each depth, from 1; those still to come too."""
    names = {s.id: units.shorten(s.name, 8) for s in run.plan.steps} if run.plan else {}
    seen = {c.depth: names.get(c.node, str(c.depth)) for c in run.candidates.values()}
    planned = dict(enumerate(names.values(), 1))
    depths = range(1, max([0, *planned, *seen]) + 1)
    return [seen.get(depth) or planned.get(depth) or str(depth) for depth in depths]
