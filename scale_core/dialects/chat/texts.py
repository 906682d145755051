"""Texts of people and models on their way into a prompt: made harmless, bounded, taken apart.

Knows what a chat template, a tokenizer or a thinking switch could take for its own, and where a
problem's question begins. Does not know prompts.
"""

from __future__ import annotations

import re

MAX_PROBLEM, MAX_SHOWN, MAX_REPLY = 24_000, 1200, 6000

_MARKS = re.compile(
    r"<(?=[|｜])|(?<=[|｜])>|<(?=/?(?:think|thinking|thought|reasoning|s|bos|eos|start_of_turn"
    r"|end_of_turn|start_header_id|eot_id)>)|\[(?=/?INST\])|<(?=<SYS>>)|/(?=(?:no_?)?think\b)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SENTENCE = re.compile(r"[.!?;]\s{1,10}(?=[A-Z\\$])")
_ASKS = re.compile(
    r"\?\s{0,5}$|^(?:find|determine|compute|calculate|evaluate|what|how|prove|show|express|solve"
    r"|give|simplify|which|who|when|where)\b",
    re.IGNORECASE,
)


def harmless(text: str, longest: int) -> str:
    """The text, bounded, with its control characters gone and a space inside whatever a chat
    template, a tokenizer or a thinking switch could take for its own."""
    if len(text) > longest:
        text = text[: longest - 2].rstrip() + " …"
    text = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return _MARKS.sub(lambda mark: f" {mark[0]}" if mark[0] == ">" else f"{mark[0]} ", text)


def split(problem: str) -> tuple[str, str]:
    """(what is given, what is asked): the last sentence if it asks; else the whole text twice."""
    text = problem.strip()
    cuts = [m.end() for m in _SENTENCE.finditer(text, 0, MAX_PROBLEM)]
    if cuts and _ASKS.search(text[cuts[-1] :]):
        return text[: cuts[-1]].strip(), text[cuts[-1] :].strip()
    return text, text
