"""Let-chains: names set one after another, and a question about the last."""

from __future__ import annotations

import random
from collections.abc import Callable

from scale_core.abacus.expressions import Node, Stuck, Writer, leaf, render, tree, write
from scale_core.abacus.grammar import Line, Operation
from scale_core.abacus.number_theory import REMAINDER

_LETTERS = "abcdefghijkmnpqrstuvwyzABCDEFGHKMNPQRSTUVWXYZ"


def let_chain(rng: random.Random) -> tuple[str, list[Line]]:
    names = rng.sample(_LETTERS, rng.choice((2, 2, 3, 3, 4, 5)))
    if rng.random() < 0.4:
        start = rng.randint(0, 18)
        names = list("abcdefghijklmnopqrstuvwxyz"[start : start + len(names)])
    known: dict[str, int] = {}
    w = Writer()
    clauses = []

    def operand(r: random.Random) -> Node:
        if known and r.random() < 0.55:
            name = r.choice(list(known)[-2:]) if r.random() < 0.8 else r.choice(list(known))
            return Node("num", known[name], name=name)
        return leaf(r)

    for name in names:
        node = _chain_link(rng, operand, bool(known))
        clauses.append(f"{name}={render(node, rng)}")
        if node.op == "num":
            w.lines.append(Line(name, node.value))
        else:
            write(node, w)
            last = w.lines.pop()
            w.count -= 1
            w.lines.append(Line(name, last.what))
        known[name] = node.value
    last_name = names[-1]
    if rng.random() < 0.3 and isinstance(w.lines[-1].what, Operation):
        return _dress_chain(rng, clauses, last_name), w.lines
    node = tree(rng, rng.choice((1, 1, 1, 2)), operand)
    if not _uses(node, last_name):
        raise Stuck
    write(node, w)
    question = render(node, rng)
    if node.op == "%" and node.left is not None and rng.random() < 0.4:
        assert node.right is not None
        question = rng.choice(REMAINDER[:3]).format(
            render(node.left, rng), render(node.right, rng, 2, True)
        )
    return _dress_chain(rng, clauses, question), w.lines


def _either(known: Node) -> Callable[[random.Random], Node]:
    """Operands that are mostly the known letter."""
    return lambda rng: known if rng.random() < 0.6 else leaf(rng)


def plain_chain(rng: random.Random) -> tuple[str, list[Line]]:
    """Letters that are given as numbers (or one step from another), and a short question about
    them, as people who try a letter or two write it."""
    names = rng.choice((list("xy"), list("ab"), list("xyz"), list("abc"), rng.sample(_LETTERS, 2)))
    if rng.random() < 0.2:
        names = names[:1]
    known: dict[str, int] = {}
    w = Writer()
    clauses = []
    for name in names:
        if known and rng.random() < 0.35:
            earlier = rng.choice(list(known))
            node = tree(rng, 1, _either(Node("num", known[earlier], name=earlier)))
            if not _uses(node, earlier):
                raise Stuck
            write(node, w)
            last = w.lines.pop()
            w.count -= 1
            w.lines.append(Line(name, last.what))
        else:
            node = leaf(rng)
            w.lines.append(Line(name, node.value))
        clauses.append(f"{name}={render(node, rng)}")
        known[name] = node.value

    def operand(r: random.Random) -> Node:
        if r.random() < 0.75:
            name = r.choice(list(known))
            return Node("num", known[name], name=name)
        return leaf(r)

    node = tree(rng, rng.choice((1, 1, 1, 2)), operand)
    if not all(_uses(node, name) for name in names[-1:]):
        raise Stuck
    write(node, w)
    return _dress_chain(rng, clauses, render(node, rng)), w.lines


def _uses(node: Node | None, name: str) -> bool:
    return node is not None and (
        node.name == name or _uses(node.left, name) or _uses(node.right, name)
    )


def _chain_link(rng: random.Random, operand: Callable[[random.Random], Node], linked: bool) -> Node:
    if rng.random() < 0.22:
        return leaf(rng)
    return tree(rng, rng.choice((1, 1, 1, 1, 2)), operand if linked else leaf)


def _dress_chain(rng: random.Random, clauses: list[str], question: str) -> str:
    style = rng.random()
    ask = rng.choice(
        (
            "What is {}?",
            "What is {}?",
            "Find {}.",
            "Compute {}.",
            "Evaluate {}.",
            "Calculate {}.",
            "What is the value of {}?",
            "Find the value of {}.",
            "Determine {}.",
        )
    )
    if style < 0.55:
        word = "Let" if rng.random() < 0.8 else rng.choice(("Set", "Suppose", "Define"))
        text = "".join(f"{word} {c}. " for c in clauses)
    elif style < 0.65:
        text = "Let " + rng.choice((", ", "; ")).join(clauses) + ". "
    elif len(clauses) == 1:
        text = f"If {clauses[0]}, " if style < 0.9 else f"{clauses[0]}. "
        if style < 0.9:
            ask = rng.choice(("what is {}?", "find {}.", "then what is {}?", "compute {}."))
    elif style < 0.75:
        text = "Let " + ", ".join(clauses[:-1]) + " and " + clauses[-1] + ". "
    elif style < 0.82:
        text = "let " + rng.choice(("; let ", ", let ")).join(clauses) + rng.choice(("; ", ". "))
        ask = ask[0].lower() + ask[1:] if rng.random() < 0.5 else ask
    elif style < 0.92:
        text = "If " + ", ".join(clauses[:-1]) + " and " + clauses[-1] + ", "
        ask = rng.choice(("what is {}?", "find {}.", "then what is {}?", "compute {}."))
    else:
        text = rng.choice((". ", "; ", ", ")).join(clauses) + ". "
    return text + ask.format(question)
