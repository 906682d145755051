"""A scripted `solve`: a realistic run of real events, slow enough to watch, without a model.

The words of the problem choose what happens: "fail" makes a step fail, "hostile" fills every
text of the model with markup, "huge" makes replies very long, "slow" takes minutes.
Speed: SCALE_UI_PACE, seconds for each event (0.12 unless told).
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scale_core.dialects.base import Reading
from scale_core.engines.base import Cancel, EngineInfo
from scale_core.problem import Mode, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.usage import Usage

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>${1+1}{{x}}'
STEPS = (
    SubProblem("1", "#1", "37*48"),
    SubProblem("2", "#2", "125*16"),
    SubProblem("3", "#3", "#1+#2", ("1", "2")),
    SubProblem("4", "#4", "#3%13", ("3",)),
    SubProblem("5", "#5", "#4*#4", ("4",)),
)
FILLED = {"1": "37*48", "2": "125*16", "3": "1776+2000", "4": "3776%13", "5": "6*6"}
RESULT = {"1": "1776", "2": "2000", "3": "3776", "4": "6", "5": "36"}
RATING = {"1": 0.74, "2": 0.61, "3": 0.14, "4": 0.86, "5": 0.06}
WORK = {
    "1": "37*40=1480\n37*8=296\n1480+296=1776\n=1776",
    "2": "125*10=1250\n125*6=750\n1250+750=2000\n=2000",
    "3": "6+0=6\n7+0=7\n7+0=7\n1+2=3\n=3776",
    "4": "37:13*2=26 37-26=11\n117:13*9=117 117-117=0\n6:13*0=0 6-0=6\n=6",
    "5": "=36",
}
TAU = 0.4
Body = AsyncIterator[ev.Event]


@dataclass(frozen=True)
class ScriptedEngine:
    """Only what the page shows of an engine."""

    info: EngineInfo = field(
        default_factory=lambda: EngineInfo(
            "scripted",
            "Abacus (scripted)",
            "CPU",
            512,
            parameters=4_200_000,
            reproducible=True,
            logprobs=True,
        )
    )


class ScriptedDialect:
    """Reads problems as the embedded model's dialect would: inside, doubtful or outside."""

    def read_problem(self, text: str) -> Reading:
        if "poem" in text:
            return Reading(
                "outside",
                text,
                None,
                "This asks for text, and the embedded model knows only arithmetic.",
            )
        if "maybe" in text:
            return Reading("doubtful", text, None, "Part of this may not be understood: maybe.")
        return Reading("inside", text, "(37*48+125*16)%13" if "37" in text else None, "")


def tokens(text: str) -> tuple[ev.Token, ...]:
    pieces = [text[i : i + 2] for i in range(0, len(text), 2)][:400]
    return tuple(
        ev.Token(
            piece,
            math.log(0.35 + 0.64 * ((7 * i) % 10) / 10),
            ((piece, math.log(0.8)), ("9", math.log(0.1)), ("<b>", math.log(0.05))),
        )
        for i, piece in enumerate(pieces)
    )


def sampled(
    node: str, stage: ev.Stage, prompt: str, *texts: str, attempt: int = 0, finish: str = "stop"
) -> ev.Sampled:
    samples = tuple(
        ev.Sample(i, text, finish, max(1, len(text) // 2), None, tokens(text))
        for i, text in enumerate(texts)
    )
    out = sum(s.completion_tokens or 0 for s in samples)
    return ev.Sampled(
        node=node,
        stage=stage,
        prompt=prompt,
        seed=1234 + attempt,
        temperature=0.6,
        top_p=1.0,
        max_tokens=300,
        n=len(texts),
        samples=samples,
        attempt=attempt,
        seconds=0.08,
        usage=Usage(len(prompt) // 3 + 4, 2, out, None if stage == "verify" else 0),
    )


@dataclass
class Script:
    """One run's events, in order; texts are replaced by hostile or huge ones on request."""

    problem: str
    answer: str | None
    tau: float

    def text(self, plain: str) -> str:
        if "hostile" in self.problem:
            return HOSTILE + plain
        return plain * 400 if "huge" in self.problem else plain

    def events(self) -> list[ev.Event]:
        steps = tuple(SubProblem(s.id, s.name, self.text(s.text), s.depends_on) for s in STEPS)
        outline = ";".join(f"{s.name}={s.text}" for s in steps)
        out: list[ev.Event] = [
            ev.Progress(phase="decompose", done=0, total=1, text="sampling 4 outlines"),
            sampled(
                "plan",
                "outline",
                f"<|outline|>{self.problem}<|go|>",
                outline,
                outline,
                "#1=37*48;#2=#1%13",
                self.text("#1=37**48"),
            ),
            ev.OutlineRead(index=0, text=outline, valid=True),
            ev.OutlineRead(index=1, text=outline, valid=True, duplicate_of=0),
            ev.OutlineRead(index=2, text="#1=37*48;#2=#1%13", valid=True),
            ev.OutlineRead(
                index=3,
                text=self.text("#1=37**48"),
                valid=False,
                reason=self.text("this is no well-formed outline"),
            ),
            ev.Planned(steps=steps, outline=outline, how="2 of 3 outlines agree"),
            ev.Progress(phase="decompose", done=1, total=1, text="5 sub-problems"),
            ev.Progress(phase="assess", done=0, total=5, text="rating 5 steps"),
        ]
        for step in steps:
            out += self.rate(step.id, provisional=bool(step.depends_on))
        out.append(ev.Progress(phase="assess", done=5, total=5, text="5 steps rated"))
        out += [self.assigned(step.id, provisional=bool(step.depends_on)) for step in steps]
        slow = sum(RATING[s.id] > self.tau for s in steps)
        out.append(
            ev.Progress(
                phase="assign", done=5, total=5, text=f"{slow} × System 2, {5 - slow} × System 1"
            )
        )
        out.append(ev.Progress(phase="execute", done=0, total=5, text="0 of 5 steps solved"))
        for group in (("1", "2"), ("3",), ("4",), ("5",)):
            out += self.group(group)
        return out + self.ending()

    def rate(self, id: str, *, provisional: bool) -> list[ev.Event]:
        d = RATING[id] - (0.12 if provisional else 0.0)
        return [
            sampled(id, "rate", f"<|rate|>{FILLED[id]}<|go|>", str(round(9 * max(0, d)))),
            ev.Rated(
                node=id,
                raw=round(max(0.0, d) * 0.9, 3),
                calibrated=max(0.0, d),
                used=max(0.0, d),
                provisional=provisional,
            ),
        ]

    def assigned(self, id: str, *, provisional: bool = False) -> ev.Assigned:
        slow = RATING[id] > self.tau
        side = "above" if slow else "not above"
        return ev.Assigned(
            node=id,
            mode=Mode.SYSTEM2 if slow else Mode.SYSTEM1,
            reason=f"difficulty {RATING[id]:.2f} is {side} the threshold",
            provisional=provisional,
        )

    def group(self, ids: tuple[str, ...]) -> list[ev.Event]:
        out: list[ev.Event] = []
        for id in ids:
            needs = next(s for s in STEPS if s.id == id).depends_on
            if needs:
                out += [*self.rate(id, provisional=False), self.assigned(id)]
            mode = self.assigned(id).mode
            out.append(
                ev.StepStarted(
                    node=id,
                    mode=mode,
                    text=self.text(FILLED[id]),
                    received=tuple((n, self.text(RESULT[n])) for n in needs),
                )
            )
        for id in ids:
            out += self.solve(id)
        done = int(ids[-1])
        out.append(
            ev.Progress(phase="execute", done=done, total=5, text=f"{done} of 5 steps solved")
        )
        return out

    def solve(self, id: str) -> list[ev.Event]:
        out: list[ev.Event] = []
        mode = self.assigned(id).mode
        prompt = f"<|{'s2' if mode is Mode.SYSTEM2 else 's1'}|>{FILLED[id]}<|go|>"
        if mode is Mode.SYSTEM1:
            wrong = "3766" if id == "3" else RESULT[id]
            out.append(sampled(id, "system1", prompt, self.text(f"={wrong}")))
            out.append(sampled(id, "verify", f"<|verify|>{FILLED[id]}={wrong}<|go|>", "...y"))
            sure = 0.21 if id == "3" else 0.97
            out.append(
                ev.Verified(node=id, mode=mode, result=wrong, probability=sure, accepted=sure > 0.5)
            )
            if id == "3":
                out.append(ev.Escalated(node=id, reason=self.text("the verifier doubts 3766")))
                mode = Mode.SYSTEM2
        if id == "4" and "fail" in self.problem:
            cut = "the reply was cut off at the token limit"
            for attempt in range(3):
                out.append(
                    sampled(
                        id, "system2", prompt, self.text(WORK[id]), attempt=attempt, finish="length"
                    )
                )
                out.append(ev.Retried(node=id, stage="system2", attempt=attempt + 1, reason=cut))
            return [*out, ev.StepFailed(node=id, reason=cut)]
        if id == "2":
            out.append(sampled(id, "system2", prompt, self.text("125*10=")))
            out.append(
                ev.Retried(
                    node=id,
                    stage="system2",
                    attempt=1,
                    reason="no result could be read from the reply",
                )
            )
        if mode is Mode.SYSTEM2:
            out.append(sampled(id, "system2", prompt, self.text(WORK[id]), attempt=int(id == "2")))
        return [*out, ev.StepSolved(node=id, mode=mode, result=self.text(RESULT[id]))]

    def ending(self) -> list[ev.Event]:
        if "fail" in self.problem:
            return [ev.RunEnded(status="unsolved", message="step #4 failed")]
        answer = self.text("36")
        out: list[ev.Event] = [ev.Answered(answer=answer, node="5")]
        if self.answer:
            right = self.answer == answer
            out.append(ev.Graded(expected=self.answer, verdict="equal" if right else "different"))
        return [*out, ev.RunEnded(status="solved")]

    def until_failure(self) -> list[ev.Event]:
        """The events, ended at the first failure."""
        out = []
        for event in self.events():
            out.append(event)
            if isinstance(event, ev.StepFailed):
                return [
                    *out,
                    ev.StepFailed(node="5", reason="it needs #4, which failed"),
                    ev.RunEnded(status="unsolved", message="step #4 failed"),
                ]
        return out


def stamp(event: ev.Event, t: float) -> ev.Event:
    object.__setattr__(event, "t", round(t, 3))
    return event


async def wait(seconds: float, cancel: Cancel | None) -> None:
    """Sleep, but look at the stop signal as an engine does between token steps."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not (cancel and cancel.is_set()):
        await asyncio.sleep(min(left, 0.02))


async def solve(
    problem: str,
    *,
    answer: str | None = None,
    preset: str = "scale",
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    engine: Any = None,
    dialect: Any = None,
    cancel: Cancel | None = None,
    anyway: bool = False,
) -> Body:
    """The same signature as `scale_core.runs.solve.solve`."""
    pace, began = float(os.environ.get("SCALE_UI_PACE", "0.12")), time.monotonic()
    if "slow" in problem:
        pace = 2.0
    tau = (options or {}).get("tau")
    shown = {"tau": tau, "tau_used": TAU if tau is None else tau}
    yield ev.RunStarted(
        run=f"r{time.monotonic_ns()}",
        problem=problem,
        expected=answer,
        strategy=preset,
        seed=seed,
        options=shown,
        engine={"name": "scripted"},
    )
    for event in Script(problem, answer, shown["tau_used"]).until_failure():
        await wait(pace * (0.2 if isinstance(event, ev.Rated | ev.Assigned) else 1), cancel)
        if cancel is not None and cancel.is_set():
            yield stamp(
                ev.RunEnded(status="stopped", message="stopped by request"),
                time.monotonic() - began,
            )
            return
        yield stamp(event, time.monotonic() - began)


def whole(problem: str, answer: str | None = None, until: int | None = None) -> list[ev.Event]:
    """A run's events at once, evenly spaced in time, for unit tests."""
    start = ev.RunStarted(
        run="r",
        problem=problem,
        expected=answer,
        strategy="scale",
        seed=7,
        options={"tau": None, "tau_used": TAU},
        engine={"name": "scripted"},
    )
    events = [start, *Script(problem, answer, TAU).until_failure()]
    return [stamp(event, 0.05 * i) for i, event in enumerate(events[:until])]
