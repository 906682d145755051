"""Run: the fold of a run's events, kept up to date one event at a time.

Knows the state that follows from events, and that what was worked out from it holds until the next
one. Does not know engines, strategies or pictures; whatever a person sees is a function of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from scale_core.problem import Mode, Plan, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger

T = TypeVar("T")


class Kept:
    """`once(make)`: what `make` makes of this fold, made once until `changed` is called. It lives
    and dies with the fold, one thing for each `make`, which must be a function of a module."""

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def once(self, make: Callable[[Self], T]) -> T:
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def changed(self) -> None:
        """An event was added."""
        if self._made:
            self._made.clear()


@dataclass
class NodeState:
    """Everything known about one node. `state` is what its shape and label show."""

    id: str
    text: str = ""
    filled: str = ""
    depends_on: tuple[str, ...] = ()
    rating: ev.Rated | None = None
    first_rating: ev.Rated | None = None
    mode: Mode | None = None
    reason: str = ""
    state: str = "planned"  # planned, running, solved, failed, stopped
    result: str | None = None
    doubted: bool = False
    escalated: str | None = None
    received: tuple[tuple[str, str], ...] = ()
    verified: list[ev.Verified] = field(default_factory=list)
    calls: list[ev.Sampled] = field(default_factory=list)
    retries: list[ev.Retried] = field(default_factory=list)
    fallbacks: list[ev.Fallback] = field(default_factory=list)
    allocated: list[ev.Allocated] = field(default_factory=list)
    candidates: list[ev.Proposed] = field(default_factory=list)
    failure: str = ""
    started: float | None = None
    ended: float | None = None

    @property
    def difficulty(self) -> float | None:
        return None if self.rating is None else self.rating.used


class Run(Kept):
    """`Run(events)` folds them all; `apply` adds one. Unknown nodes are created on sight."""

    def __init__(self, events: Iterable[ev.Event] = ()) -> None:
        super().__init__()
        self.events: list[ev.Event] = []
        self.start: ev.RunStarted | None = None
        self.plan: Plan | None = None
        self.planned: ev.Planned | None = None
        self.understood: ev.Understood | None = None
        self.outlines: list[ev.OutlineRead] = []
        self.nodes: dict[str, NodeState] = {}
        self.progress: ev.Progress | None = None
        self.phases: dict[str, ev.Progress] = {}
        self.answer: ev.Answered | None = None
        self.grade: ev.Graded | None = None
        self.end: ev.RunEnded | None = None
        self.budget: ev.Budgeted | None = None
        self.rounds: list[ev.Allocated] = []
        self.candidates: dict[str, ev.Proposed] = {}
        self.rollouts = 0
        self.ledger = Ledger()
        for event in events:
            self.apply(event)

    @property
    def status(self) -> str:
        return self.end.status if self.end else ("running" if self.start else "empty")

    @property
    def seconds(self) -> float:
        return self.events[-1].t if self.events else 0.0

    @property
    def unsure(self) -> ev.Understood | None:
        """Why the run is not sure that it understood; None where it is, or cannot tell."""
        found = self.understood
        return found if found is not None and found.unsure else None

    @property
    def steps(self) -> list[NodeState]:
        """Sub-problem nodes in plan order."""
        return [self.nodes[s.id] for s in self.plan.steps] if self.plan else []

    def node(self, id: str) -> NodeState:
        if id not in self.nodes:
            self.nodes[id] = NodeState(id)
        return self.nodes[id]

    def apply(self, event: ev.Event) -> None:
        self.changed()
        self.events.append(event)
        self.ledger.apply(event)
        match event:  # what is frequent comes first
            case ev.Proposed() | ev.Sampled():
                self._apply_to_node(event)
            case ev.RunStarted():
                self.start = event
            case ev.Progress():
                self.progress = self.phases[event.phase] = event
            case ev.OutlineRead():
                self.outlines.append(event)
            case ev.Planned():
                self._plan(event)
            case ev.Understood():
                self.understood = event
            case ev.Answered():
                self._answer(event)
            case ev.Graded():
                self.grade = event
            case ev.RunEnded():
                self._finish(event)
            case ev.Budgeted():
                self.budget = event
            case _:
                self._apply_to_node(event)

    def _plan(self, event: ev.Planned) -> None:
        self.planned = event
        self.plan = Plan(event.steps, event.outline, event.givens, event.drafts)
        for step in event.steps:
            self._add_step(step)

    def _add_step(self, step: SubProblem) -> None:
        node = self.node(step.id)
        node.text, node.depends_on = step.text, step.depends_on

    def _answer(self, event: ev.Answered) -> None:
        self.answer = event
        node = self.node(event.node)
        if node.state in ("planned", "running"):  # a problem in one piece has no StepSolved
            node.state, node.result, node.ended = "solved", event.answer, event.t

    def _finish(self, event: ev.RunEnded) -> None:
        self.end = event
        for node in self.nodes.values():
            if node.state == "running":
                node.state, node.ended = "stopped", event.t

    def _apply_to_node(self, event: ev.Event) -> None:
        node = self.node(getattr(event, "node"))  # noqa: B009 - every case below has one
        match event:
            case ev.Proposed():
                self.candidates[event.id] = event
                node.candidates.append(event)
            case ev.Sampled():
                node.calls.append(event)
                self.rollouts += len(event.samples) if event.stage in ev.SOLVING else 0
            case ev.Measured():
                pass  # the ledger has it
            case ev.Rated():
                node.first_rating = node.first_rating or event
                node.rating = event
            case ev.Assigned():
                node.mode, node.reason = event.mode, event.reason
            case ev.StepStarted():
                node.state, node.mode, node.filled = "running", event.mode, event.text
                node.received, node.started = event.received, event.t
            case ev.Verified():
                node.verified.append(event)
            case ev.Escalated():
                node.escalated, node.mode = event.reason, Mode.SYSTEM2
            case ev.Retried():
                node.retries.append(event)
            case ev.Fallback():
                node.fallbacks.append(event)
            case ev.Allocated():
                self.rounds.append(event)
                node.allocated.append(event)
            case ev.StepSolved():
                node.state, node.result, node.mode = "solved", event.result, event.mode
                node.doubted, node.ended = event.doubted, event.t
            case ev.StepFailed():
                node.state, node.failure, node.ended = "failed", event.reason, event.t
