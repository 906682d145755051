"""Right values of known plans, and whether a lane covered them."""

from __future__ import annotations

import random

import pytest

from scale_core.abacus.problems import FAMILIES, make
from scale_core.dialects.abacus.dialect import AbacusDialect, plan_of
from scale_core.engines.base import Engine, Sample
from scale_core.experiments.oracle_samples import covered, right_values
from scale_core.problem import Mode, Plan
from scale_core.trace import events as ev
from scale_core.trace.run import Run
from scale_core.trace.usage import Usage
from tests.experiments.duels import HARD, HARD_ANSWER, play

DIALECT = AbacusDialect()


def plan(outline: str) -> Plan:
    found = DIALECT.read_outline(Sample(0, outline, "stop", 1))
    assert isinstance(found, Plan), found
    return found


@pytest.mark.parametrize(
    ("outline", "values"),
    [
        ("#1=37*48;#2=125*16;#3=#1+#2;#4=#3%13", ["1776", "2000", "3776", "6"]),
        ("#1=12-30", ["-18"]),
        ("#1=91//8;#2=91%8;#3=#1+#2", ["11", "3", "14"]),
        ("#1=84/6", ["14"]),
        ("#1=gcd(84,126)", ["42"]),
        ("#1=ds(98765)", ["35"]),
        ("a=17;#1=a*3;#2=#1-a", ["51", "34"]),
    ],
)
def test_right_values_of_known_plans(outline: str, values: list[str]) -> None:
    made = plan(outline)
    assert right_values(made) == dict(zip((s.id for s in made.steps), values, strict=True))


@pytest.mark.parametrize("outline", ["#1=7/2", "#1=12-12;#2=5//#1"])
def test_what_has_no_value_is_unknown(outline: str) -> None:
    assert right_values(plan(outline)) is None


def test_other_languages_are_unknown() -> None:
    assert right_values(DIALECT.single_step("How many apples are left?")) is None
    made = DIALECT.question_last(plan("#1=37*48;#2=#1%13"), "What is 37*48 mod 13?")
    assert right_values(made) is None


def test_right_values_are_what_the_model_was_taught(engine: Engine) -> None:
    duel = play(engine, HARD, HARD_ANSWER, lanes=("uniform",), budget="2/step")
    assert duel.plan is not None
    values = right_values(duel.plan)
    assert values is not None and values[duel.plan.last.id] == HARD_ANSWER


@pytest.mark.parametrize("family", FAMILIES)
def test_right_values_are_those_of_the_module_that_made_the_training_data(family: str) -> None:
    rng = random.Random(family)
    for _ in range(60):
        problem = make(family, rng)
        values = right_values(plan_of(problem.outline))
        assert values is not None
        assert list(values.values()) == [str(value) for _, value in problem.steps]


# ---- covered -------------------------------------------------------------------------------


def sampled(node: str, stage: ev.Stage, *texts: str) -> ev.Sampled:
    samples = tuple(ev.Sample(i, text, "stop", 1) for i, text in enumerate(texts))
    return ev.Sampled(
        node=node, stage=stage, prompt="p", seed=0, temperature=0.6, top_p=1.0, max_tokens=9,
        n=len(texts), samples=samples, usage=Usage(1, 0, 1, 0), seconds=0.0,
    )  # fmt: skip


def run(*events: ev.Event, outline: str | None = "#1=2+3;#2=#1*4") -> Run:
    made = plan(outline) if outline else None
    planned = [ev.Planned(steps=made.steps, outline="", how="")] if made else []
    return Run([*planned, *events])


RIGHT_1, RIGHT_2 = sampled("1", "system1", "6", "5"), sampled("2", "system2", "5*4\n=20")


def test_covered_is_a_right_sample_for_every_sub_problem() -> None:
    assert covered(run(RIGHT_1, RIGHT_2), DIALECT, "20")
    assert not covered(run(RIGHT_1), DIALECT, "20")
    assert not covered(run(RIGHT_1, sampled("2", "system2", "=24")), DIALECT, "20")
    assert not covered(run(RIGHT_1, sampled("2", "verify", "=20")), DIALECT, "20")


def test_a_wrong_plan_covers_nothing() -> None:
    assert not covered(run(RIGHT_1, RIGHT_2), DIALECT, "21")
    assert not covered(run(RIGHT_1, outline="#1=7/2"), DIALECT, "3")


def test_without_a_plan_one_right_chain_covers() -> None:
    chain = sampled(ev.WHOLE_NODE, "chain", "2+3=5\n=20", "=21")
    assert covered(run(chain, outline=None), DIALECT, "20")
    assert covered(run(chain, outline=None), DIALECT, "21")
    assert not covered(run(chain, outline=None), DIALECT, "22")
    assert DIALECT.read_result(chain.samples[0], Mode.SYSTEM2) == "20"
