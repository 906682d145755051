"""A scripted `duel`: every lane on one plan with simulated samples, in the real events, no model.

Knows what each kind of lane emits. Outcomes are drawn from a seeded generator: a right value with
the step's own probability, else one of two typical mistakes. The words of the problem choose what
happens: "fail" ends the first lane without an answer, "hostile" fills the model's texts with
markup, "slow" takes minutes, "unequal" gives one lane a note on its budget.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import scripted

from scale_core.problem import Mode
from scale_core.strategies.settings import BudgetSpec, Settings
from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.usage import Usage

STEPS, RATING, TAU = scripted.STEPS, scripted.RATING, scripted.TAU
FUNCTIONS: Mapping[str, Callable[[Mapping[str, int]], int]] = {
    "1": lambda r: 37 * 48,
    "2": lambda r: 125 * 16,
    "3": lambda r: r["1"] + r["2"],
    "4": lambda r: r["3"] % 13,
    "5": lambda r: r["4"] * r["4"],
}
ADAPTATION = "The paper searches over text steps; here a depth is one sub-problem."
LANES = {
    lane.name: lane
    for lane in (
        du.Lane("uniform", "Uniform", "equal samples, System 2 everywhere"),
        du.Lane("scale", "SCALE", "System 2 only above τ", adaptation=""),
        du.Lane(
            "dora",
            "DORA",
            "rollouts to directions by quality",
            adaptation=ADAPTATION,
            drawing="tree",
        ),
        du.Lane(
            "bandit",
            "Bandit",
            "pull until the answers agree",
            adaptation=ADAPTATION,
            drawing="arms",
        ),
        du.Lane("rebase", "REBASE", "rollouts by quality", adaptation=ADAPTATION, drawing="tree"),
        du.Lane(
            "beam", "Beam search", "only the best go on", adaptation=ADAPTATION, drawing="tree"
        ),
        du.Lane(
            "dvts",
            "DVTS",
            "the best of each subtree goes on",
            adaptation=ADAPTATION,
            drawing="tree",
        ),
        du.Lane("self-consistency", "Self-consistency", "many chains, one vote", plans=False),
        du.Lane("cot", "Chain of thought", "one chain, no plan", plans=False),
    )
}
SEARCH = ("dora", "rebase", "beam", "dvts")


def apportion(weights: Sequence[float], budget: int, kappa: float = 0.5) -> list[int]:
    """The divisor rule, the slow and obvious way."""
    counts = [0] * len(weights)
    for _ in range(budget):
        best = max(range(len(weights)), key=lambda i: (weights[i] / (kappa + counts[i]), -i))
        counts[best] += 1
    return counts


def softmax(values: Sequence[float], temperature: float) -> list[float]:
    top = max(values)
    raised = [math.exp((v - top) / max(temperature, 1e-9)) for v in values]
    return [v / sum(raised) for v in raised]


@dataclass
class Candidate:
    id: str
    values: dict[str, int]
    score: float


@dataclass
class Script:
    """All events of one duel, without times."""

    problem: str
    answer: str | None = None
    lanes: tuple[str, ...] = ("uniform", "scale", "dora", "bandit")
    budget: str = "4/step"
    seed: int = 7
    settings: Settings = field(default_factory=Settings)
    tau: float = TAU
    spoil: float = 0.0

    def text(self, plain: str) -> str:
        return scripted.HOSTILE + plain if "hostile" in self.problem else plain

    @property
    def limit(self) -> int:
        return BudgetSpec.read(self.budget).limit(len(STEPS))

    @property
    def rollouts(self) -> int:
        unit = BudgetSpec.read(self.budget).unit
        return self.limit if unit == "rollouts" else max(len(STEPS), self.limit // 40)

    def start(self) -> du.DuelStarted:
        return du.DuelStarted(
            duel=f"d{time.monotonic_ns()}",
            problem=self.problem,
            expected=self.answer,
            lanes=tuple(LANES[name] for name in self.lanes),
            budget=str(BudgetSpec.read(self.budget)),
            seed=self.seed,
            settings=self.settings.as_dict(),
            options={"tau": None, "tau_used": self.tau},
            engine={"name": "scripted"},
            calibration={},
        )

    # ---- what all lanes share ----------------------------------------------------------------

    def run_started(self, lane: str) -> ev.RunStarted:
        return ev.RunStarted(
            run=f"r-{lane}", problem=self.problem, expected=self.answer, strategy=lane,
            seed=self.seed, options={"tau": None, "tau_used": self.tau}, engine={},
        )  # fmt: skip

    def planning(self, lane: str) -> Iterator[ev.Event]:
        steps = tuple(replace(s, text=self.text(s.text)) for s in STEPS)
        yield ev.Progress(phase="decompose", done=0, total=1, text="sampling 4 outlines")
        yield scripted.sampled(
            "plan", "outline", f"<|outline|>{self.problem}<|go|>", *["#1=.."] * 4
        )
        yield ev.Planned(steps=steps, outline="o", how="4 of 4 outlines agree")
        for step in steps:
            yield scripted.sampled(step.id, "rate", f"<|rate|>{step.text}<|go|>", "7")
            yield ev.Rated(
                node=step.id, raw=RATING[step.id], calibrated=RATING[step.id], used=RATING[step.id]
            )
        note = (
            "chains are longer than steps" if "unequal" in self.problem and lane == "dora" else ""
        )
        yield ev.Budgeted(
            limit=self.limit, unit=BudgetSpec.read(self.budget).unit, steps=len(STEPS), note=note
        )

    def attempts(
        self, id: str, known: Mapping[str, int], first: int, n: int
    ) -> list[tuple[int, float]]:
        """Values of samples `first` and on of a step with these earlier results, each with the
        verifier's score: the same in every lane."""
        return [self.attempt(id, known, first + i) for i in range(n)]

    def attempt(self, id: str, known: Mapping[str, int], index: int) -> tuple[int, float]:
        rng = random.Random(f"{self.seed} {self.filled(id, known)} {index}")
        right = FUNCTIONS[id](known)
        good = 1 - 0.62 * RATING[id] - self.spoil
        value = right if rng.random() < good else right + rng.choice((-10, 10 if right > 99 else 1))
        base = 0.9 if value == right else 0.42
        return value, min(0.99, max(0.02, base + rng.gauss(0, 0.07)))

    def filled(self, id: str, known: Mapping[str, int]) -> str:
        """A step with earlier results filled in."""
        text = next(s.text for s in STEPS if s.id == id)
        for earlier, value in known.items():
            text = text.replace(f"#{earlier}", str(value))
        return text

    def work(self, id: str, values: Sequence[int]) -> list[str]:
        lines = scripted.WORK[id].rsplit("=", 1)[0]
        return [self.text(f"{lines}={value}") for value in values]

    def verified(self, id: str, value: int, score: float, index: int) -> list[ev.Event]:
        prompt = f"<|verify|>{scripted.FILLED[id]}={value}<|go|>"
        check = scripted.sampled(id, "verify", prompt, "y")
        return [
            check,
            ev.Verified(
                node=id, mode=Mode.SYSTEM2, result=str(value), probability=score,
                accepted=score >= 0.5, index=index,
            ),
        ]  # fmt: skip

    def ending(self, node: str, votes: Counter[str]) -> Iterator[ev.Event]:
        answer = votes.most_common(1)[0][0]
        yield ev.Answered(answer=answer, node=node, votes=tuple(votes.most_common()))
        if self.answer:
            verdict: ev.Verdict = "equal" if answer == self.answer else "different"
            yield ev.Graded(expected=self.answer, verdict=verdict)
        yield ev.RunEnded(status="solved")

    # ---- lanes that work step by step --------------------------------------------------------

    def stepwise(self, lane: str, shares: Mapping[str, ev.Share]) -> Iterator[ev.Event]:
        yield ev.Allocated(
            node="plan", round=1, rule=lane, budget=self.rollouts, shares=tuple(shares.values())
        )
        known: dict[str, int] = {}
        for step in STEPS:
            slow = lane == "uniform" or RATING[step.id] > self.tau
            mode = Mode.SYSTEM2 if slow else Mode.SYSTEM1
            yield ev.Assigned(node=step.id, mode=mode, reason="difficulty and threshold")
            received = tuple((b, str(known[b])) for b in step.depends_on)
            yield ev.StepStarted(
                node=step.id, mode=mode, text=self.text(scripted.FILLED[step.id]), received=received
            )
            if lane == "uniform" and "fail" in self.problem and step.id == "4":
                yield ev.StepFailed(node="4", reason=self.text("no result could be read"))
                yield ev.Fallback(
                    node="4", what="the step has no result", reason="3 replies cut off"
                )
                yield ev.RunEnded(status="unsolved", message="step #4 failed")
                return
            drawn = self.attempts(step.id, known, 0, shares[step.id].count)
            stage: ev.Stage = "system2" if slow else "system1"
            prompt = f"<|{stage}|>{self.filled(step.id, known)}<|go|>"
            yield scripted.sampled(
                step.id, stage, prompt, *self.work(step.id, [v for v, _ in drawn])
            )
            for index, (value, score) in enumerate(drawn):
                yield from self.verified(step.id, value, score, index)
            votes = Counter(str(v) for v, _ in drawn)
            value = int(votes.most_common(1)[0][0])
            known[step.id] = value
            yield ev.StepSolved(
                node=step.id, mode=mode, result=str(value), votes=tuple(votes.most_common())
            )
        yield from self.ending("5", Counter([str(known["5"])]))

    def uniform(self) -> dict[str, ev.Share]:
        counts = apportion([1.0] * len(STEPS), self.rollouts)
        even = self.rollouts / len(STEPS)
        return {s.id: ev.Share(s.id, n, even) for s, n in zip(STEPS, counts, strict=True)}

    def scale(self) -> dict[str, ev.Share]:
        even, found = self.rollouts / len(STEPS), {}
        hard = [s.id for s in STEPS if RATING[s.id] > self.tau]
        over = self.rollouts - (len(STEPS) - len(hard))
        counts = dict(zip(hard, apportion([1.0] * len(hard), over), strict=True)) if hard else {}
        for step in STEPS:
            share = over / len(hard) if step.id in hard else 1.0
            left_over = over - even * len(hard)
            factors = (("difficulty", RATING[step.id]), ("tau", self.tau),
                       ("easy steps left over", left_over), ("share", share))  # fmt: skip
            found[step.id] = ev.Share(step.id, counts.get(step.id, 1), even, factors)
        return found

    # ---- search ------------------------------------------------------------------------------

    def search(self, lane: str) -> Iterator[ev.Event]:
        beam = [Candidate("root", {}, 1.0)]
        taken: Counter[str] = Counter()
        widths = apportion([1.0] * len(STEPS), self.rollouts)
        made = 0
        for depth, step in enumerate(STEPS, 1):
            width = widths[depth - 1]
            shares, effective = self.split(lane, beam, width, depth)
            yield ev.Allocated(
                node=step.id, round=depth, rule=lane, budget=width, shares=tuple(shares),
                effective=effective,
            )  # fmt: skip
            after: list[Candidate] = []
            for parent, share in zip(beam, shares, strict=True):
                if not share.count:
                    continue
                prompt = f"<|system2|>{self.filled(step.id, parent.values)}<|go|>"
                first = taken[prompt]
                taken[prompt] += share.count
                drawn = self.attempts(step.id, parent.values, first, share.count)
                texts = self.work(step.id, [v for v, _ in drawn])
                yield later(scripted.sampled(step.id, "system2", prompt, *texts), first)
                for index, (value, score) in enumerate(drawn, first):
                    made += 1
                    yield from self.verified(step.id, value, score, index)
                    ended = "done" if step is STEPS[-1] else ""
                    candidate = Candidate(f"c{made}", {**parent.values, step.id: value}, score)
                    yield ev.Proposed(
                        node=step.id, id=candidate.id, depth=depth, sample=index,
                        parent=None if parent.id == "root" else parent.id, result=str(value),
                        score=score, total=score, tokens=12, ended=ended,
                    )  # fmt: skip
                    after.append(candidate)
            beam = after
        votes: Counter[str] = Counter()
        for c in beam:
            votes[str(c.values["5"])] += 1
        yield from self.ending("5", votes)

    def split(
        self, lane: str, beam: list[Candidate], width: int, depth: int
    ) -> tuple[list[ev.Share], float | None]:
        if depth == 1:
            return [ev.Share("root", width, float(width))], None
        last = str(depth - 1)
        quality = softmax([c.score for c in beam], self.settings.T_b)
        sizes = Counter(c.values[last] for c in beam)
        names = {value: f"= {value}" for value in sizes}
        gamma = [1 / sizes[c.values[last]] if lane == "dora" else 1.0 for c in beam]
        if lane in ("beam", "dvts"):
            keep = sorted(range(len(beam)), key=lambda i: -beam[i].score)[: max(1, width // 4)]
            product = [float(i in keep) for i in range(len(beam))]
        else:
            product = [q * g for q, g in zip(quality, gamma, strict=True)]
        fair = [width * p / sum(product) for p in product]
        counts = apportion(product, width, self.settings.kappa)
        shares = []
        for i, candidate in enumerate(beam):
            factors: list[tuple[str, float | None]] = [
                ("score", candidate.score), ("quality weight", quality[i]),
                ("product", product[i]), ("fair share", fair[i]),
            ]  # fmt: skip
            if lane == "dora":
                factors[2:2] = [("direction size", float(sizes[candidate.values[last]])),
                                ("diversity factor", gamma[i])]  # fmt: skip
            group = names[candidate.values[last]] if lane == "dora" else None
            state = "active" if counts[i] else "pruned"
            shares.append(
                ev.Share(candidate.id, counts[i], width / len(beam), tuple(factors), state, group)
            )
        return shares, sum(gamma) if lane == "dora" else None

    # ---- bandit ------------------------------------------------------------------------------

    def bandit(self) -> Iterator[ev.Event]:
        left, round, known = self.rollouts, 0, dict[str, int]()
        tried: dict[str, list[tuple[int, float]]] = {s.id: [] for s in STEPS}
        begun: set[str] = set()
        while left and len(known) < len(STEPS):
            round += 1
            ready = [
                s for s in STEPS if s.id not in known and set(s.depends_on) <= set(known)
            ][:left]  # fmt: skip
            yield ev.Allocated(
                node="plan", round=round, rule="elimination", budget=len(ready),
                shares=tuple(self.arm(s.id, tried, known, s in ready, round) for s in STEPS),
            )  # fmt: skip
            for step in ready:
                left -= 1
                if step.id not in begun:
                    begun.add(step.id)
                    received = tuple((b, str(known[b])) for b in step.depends_on)
                    yield ev.StepStarted(
                        node=step.id, mode=Mode.SYSTEM2, received=received,
                        text=self.text(scripted.FILLED[step.id]),
                    )  # fmt: skip
                value, score = self.attempt(step.id, known, len(tried[step.id]))
                prompt = f"<|system2|>{self.filled(step.id, known)}<|go|>"
                call = scripted.sampled(step.id, "system2", prompt, *self.work(step.id, [value]))
                yield later(call, len(tried[step.id]))
                yield from self.verified(step.id, value, score, len(tried[step.id]))
                tried[step.id].append((value, score))
                votes = Counter(str(v) for v, _ in tried[step.id])
                if votes.most_common(1)[0][1] >= 2:
                    known[step.id] = int(votes.most_common(1)[0][0])
                    yield ev.StepSolved(
                        node=step.id, mode=Mode.SYSTEM2, result=str(known[step.id]),
                        votes=tuple(votes.most_common()),
                    )  # fmt: skip
        if "5" in known:
            yield from self.ending("5", Counter([str(known["5"])]))
        else:
            yield ev.RunEnded(status="unsolved", message="the budget ran out before step #5")

    def arm(
        self, id: str, tried: Mapping[str, list[tuple[int, float]]], known: Mapping[str, int],
        ready: bool, round: int,
    ) -> ev.Share:  # fmt: skip
        scores = [s for _, s in tried[id]]
        mean = sum(scores) / len(scores) if scores else None
        bonus = math.sqrt(math.log(round + 1) / len(scores)) if scores else None
        counts = Counter(v for v, _ in tried[id]).values()
        entropy = -sum(n / len(scores) * math.log(n / len(scores)) for n in counts)
        mixed = entropy / math.log(len(scores)) if len(scores) > 1 else 0.0
        factors = (("pulls", float(len(scores))), ("mean", mean), ("bonus", bonus),
                   ("index", None if mean is None or bonus is None else mean + bonus),
                   ("gap to gamma", None if mean is None else max(0.0, 0.9 - mean)),
                   ("entropy", mixed))  # fmt: skip
        state = "solved" if id in known else "active" if ready else "blocked"
        return ev.Share(id, int(ready), 1.0, factors, state)

    # ---- chains ------------------------------------------------------------------------------

    def chains(self, lane: str) -> Iterator[ev.Event]:
        count = 1 if lane == "cot" else max(1, self.rollouts // 2)
        yield ev.Budgeted(
            limit=self.limit, unit=BudgetSpec.read(self.budget).unit, steps=0,
            note="a rollout here is a whole chain, not one step",
        )  # fmt: skip
        votes: Counter[str] = Counter()
        for index in range(count):
            rng = random.Random(f"{self.seed} chain {index}")
            value = "36" if rng.random() < 0.5 else str(rng.choice((25, 49, 16)))
            prompt = f"<|chain|>{self.problem}<|go|>"
            text = self.text(f"...\n={value}" * 6)
            yield later(scripted.sampled("whole", "chain", prompt, text), index)
            votes[value] += 1
        yield from self.ending("whole", votes)

    # ---- all together ------------------------------------------------------------------------

    def lane(self, name: str) -> Iterator[ev.Event]:
        yield self.run_started(name)
        if LANES[name].plans:
            yield from self.planning(name)
        if name == "uniform":
            yield from self.stepwise(name, self.uniform())
        elif name == "scale":
            yield from self.stepwise(name, self.scale())
        elif name == "bandit":
            yield from self.bandit()
        elif name in SEARCH:
            yield from self.search(name)
        else:
            yield from self.chains(name)

    def events(self) -> list[du.DuelEvent]:
        lanes = [[(n, e) for e in self.lane(n)] for n in self.lanes]
        out: list[du.DuelEvent] = [self.start()]
        asked: set[tuple[Any, ...]] = set()
        for row in zip_longest(*lanes):
            for name, event in filter(None, row):
                if isinstance(event, ev.Sampled):
                    out += self.generated(event, asked)
                if isinstance(event, ev.Planned) and not any(
                    isinstance(e, du.DuelPlanned) for e in out
                ):
                    unit = BudgetSpec.read(self.budget).unit
                    out.append(du.DuelPlanned(steps=len(STEPS), limit=self.limit, unit=unit))
                out.append(du.LaneEvent(lane=name, event=event))
        failed = "fail" in self.problem
        return [*out, du.DuelEnded(status="unsolved" if failed else "solved")]

    def generated(self, event: ev.Sampled, asked: set[tuple[Any, ...]]) -> list[du.DuelEvent]:
        """What of a request is new to the bank."""
        new = []
        for sample in event.samples:
            key = (event.prompt, event.seed, sample.index)
            if key not in asked:
                asked.add(key)
                new.append(sample)
        if not new:
            return []
        spent = sum(s.completion_tokens or 0 for s in new)
        usage = Usage(event.usage.prompt, event.usage.cached, spent, event.usage.thinking)
        return [
            du.Generated(
                node=event.node, stage=event.stage, samples=len(new), usage=usage,
                seconds=event.seconds,
            )
        ]  # fmt: skip


def later(call: ev.Sampled, first: int) -> ev.Sampled:
    """The same request for samples `first` and on."""
    moved = tuple(replace(s, index=first + i) for i, s in enumerate(call.samples))
    return replace(call, first=first, samples=moved)


def stamp(event: du.DuelEvent, t: float) -> du.DuelEvent:
    t = round(t, 3)
    if isinstance(event, du.LaneEvent):
        return replace(event, t=t, event=replace(event.event, t=t))
    return replace(event, t=t)


async def duel(
    problem: str,
    *,
    answer: str | None = None,
    lanes: Sequence[str] = ("uniform", "scale", "dora", "bandit"),
    budget: str = "4/step",
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Any = None,
    dialect: Any = None,
    cancel: Any = None,
    anyway: bool = False,
    bank: Any = None,
) -> AsyncIterator[du.DuelEvent]:
    """The same signature as `scale_core.runs.solve.duel`."""
    pace, began = float(os.environ.get("SCALE_UI_PACE", "0.12")) / 8, time.monotonic()
    if "slow" in problem:
        pace = 1.0
    tau = (options or {}).get("tau")
    script = Script(
        problem, answer, tuple(lanes), budget, seed, Settings().with_(settings or {}),
        TAU if tau is None else tau,
    )  # fmt: skip
    running: dict[str, bool] = dict.fromkeys(lanes, True)
    for event in script.events():
        await scripted.wait(pace, cancel)
        if cancel is not None and cancel.is_set():
            for name, open_ in running.items():
                ended = ev.RunEnded(status="stopped", message="stopped by request")
                if open_:
                    yield stamp(du.LaneEvent(lane=name, event=ended), time.monotonic() - began)
            yield stamp(du.DuelEnded(status="stopped"), time.monotonic() - began)
            return
        if isinstance(event, du.LaneEvent) and isinstance(event.event, ev.RunEnded):
            running[event.lane] = False
        yield stamp(event, time.monotonic() - began)


async def replay(
    recorded: du.Duel,
    *,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    budget: str | None = None,
    dialect: Any = None,
) -> du.Duel:
    """The same signature as `scale_core.replay`."""
    was = recorded.start
    assert was is not None
    tau = (options or {}).get("tau")
    script = Script(
        was.problem, was.expected, tuple(lane.name for lane in was.lanes),
        budget or was.budget, was.seed,
        Settings(**was.settings).with_(settings or {}),
        was.options["tau_used"] if tau is None else tau,
    )  # fmt: skip
    events = [e for e in script.events() if not isinstance(e, du.Generated)]
    now, then = (BudgetSpec.read(b).limit(len(STEPS)) for b in (script.budget, was.budget))
    missing = (("3", "system2", 4), ("4", "system2", 2)) if now > then else ()
    events[0] = replace(events[0], recorded=True, duel=was.duel + "-replay")
    events[-1] = replace(events[-1], missing=missing)
    return du.Duel(stamp(e, 0.01 * i) for i, e in enumerate(events))


def whole(problem: str, answer: str | None = None, until: int | None = None, **changes: Any):
    """A duel's events at once, evenly spaced in time, for unit tests."""
    script = replace(Script(problem, answer), **changes)
    return [stamp(e, 0.01 * i) for i, e in enumerate(script.events()[:until])]


if __name__ == "__main__":

    async def show() -> None:
        async for event in duel("37", answer="36"):
            print(event)

    asyncio.run(show())
