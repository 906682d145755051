"""Scoring in the worker of the chat engine: how likely continuations of one prompt are.

Works in turns like the sampling jobs (onnx_chat/jobs.py). Does not know who asked.
"""

from __future__ import annotations

from typing import Any

from scale_core.engines.embedded.sampling import log_probabilities
from scale_core.engines.onnx_chat.jobs import PIECE, Counts
from scale_core.engines.onnx_chat.model import ChatModel, Track
from scale_core.engines.onnx_chat.text import ChatTokenizer


class ScoreJob:
    """Log-probabilities of continuations of one prompt; `scores` fills up in order."""

    def __init__(
        self, prompt: list[int], texts: list[list[int]], model: ChatModel, tokenizer: ChatTokenizer
    ) -> None:
        self.prompt, self.texts, self.model, self.tokenizer = prompt, texts, model, tokenizer
        self.counts = Counts()
        self.scores: list[list[list[Any]]] = []
        self._track: Track | None = None
        self._read = 0
        self._charged = False

    @property
    def done(self) -> bool:
        return len(self.scores) == len(self.texts)

    def turn(self) -> None:
        if self._track is None:
            longest = max(map(len, self.texts))
            self._track = self.model.track(len(self.prompt) + longest + 1)
        last = len(self.prompt) - 1
        if self._read < last:
            piece = self.prompt[self._read : min(self._read + PIECE, last)]
            self._track.append(piece)
            self._read += len(piece)
            self.counts.prompt += 0 if self._charged else len(piece)
        else:
            self._score(self._track, self.texts[len(self.scores)])

    def abort(self) -> None:
        self.scores += [[] for _ in range(len(self.texts) - len(self.scores))]

    def _score(self, track: Track, ids: list[int]) -> None:
        track.append(self.prompt[-1:])
        self.counts.prompt += 0 if self._charged else 1
        self._charged = True
        tokens: list[list[Any]] = []
        for id in ids:
            logprob = float(log_probabilities(track.logits())[0, id])
            tokens.append([self.tokenizer.label(id), logprob])
            track.append([id])
        self.counts.prompt += len(ids)
        self.scores.append(tokens)
        if self.model.rewinds:
            track.rewind(len(self.prompt) - 1)
        else:
            self._track, self._read = None, 0
