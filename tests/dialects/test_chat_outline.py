"""Outlines as models really write them: a table of ugly replies, and hostile ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_core.dialects.chat import relaxed_json
from scale_core.dialects.chat.outline import MAX_STEPS, MAX_TASK, read_plan
from scale_core.problem import Plan

QUICK = settings(max_examples=100, deadline=None)

A, B, C = "Count the red marbles", "Count the blue marbles", "Add both counts"
CHAIN = [(A, ()), (B, ("1",)), (C, ("2",))]
DAG = [(A, ()), (B, ()), (C, ("1", "2"))]


def found(plan: Plan | str) -> list[tuple[str, tuple[str, ...]]] | str:
    return plan if isinstance(plan, str) else [(s.text, s.depends_on) for s in plan.steps]


def steps(*needs: object, key: str = "needs") -> str:
    return json.dumps(
        {"steps": [{"task": t, key: n} for t, n in zip((A, B, C), needs, strict=True)]}
    )


ASKED = steps([], [], [1, 2])

UGLY = {
    "as asked": (ASKED, DAG),
    "pretty-printed": (json.dumps(json.loads(ASKED), indent=2), DAG),
    "fenced": (f"```json\n{ASKED}\n```", DAG),
    "fenced without a language": (f"```\n{ASKED}\n```\n", DAG),
    "fence never closed": (f"```json\n{ASKED}", DAG),
    "prose before and after": (f"Sure! Here is the plan:\n\n{ASKED}\n\nI hope this helps!", DAG),
    "prose with braces": (f"For the set {{1, 2}} I would do this: {ASKED} where {{x}} is x.", DAG),
    "thought left inline": (f"<think>\nMaybe {{\"steps\": [\"x\"]}}?\n</think>\n\n{ASKED}", DAG),
    "thought without its opening tag": (f"So I plan ...\n</think>\n{ASKED}", DAG),
    "draft first, final last": (f'Draft: {{"steps": ["guess"]}}\nFinal: {ASKED}', DAG),
    "the example repeated first": (
        f'{{"steps": [{{"task": "...", "needs": []}}]}}\n\n{ASKED}', DAG),
    "double-encoded": (json.dumps(ASKED), DAG),
    "single quotes": (ASKED.replace('"', "'"), DAG),
    "typographic quotes": (
        f"{{“steps”: [{{“task”: “{A}”, “needs”: []}}, {{“task”: “{B}”, “needs”: []}}, "
        f"{{“task”: “{C}”, “needs”: [1, 2]}}]}}", DAG),
    "bare keys": (ASKED.replace('"steps"', "steps").replace('"task"', "task")
                  .replace('"needs"', "needs"), DAG),
    "trailing commas": (ASKED.replace("}]}", "},],}"), DAG),
    "missing comma between steps": (ASKED.replace("}, {", "} {"), DAG),
    "missing comma between keys": (ASKED.replace('", "needs"', '" "needs"'), DAG),
    "comments": (ASKED.replace("}, {", "}, // next\n {"), DAG),
    "block comment": (ASKED.replace("}, {", "}, /* next */ {"), DAG),
    "raw line breaks in strings": (ASKED.replace("the red", "the\nred"), DAG),
    "last brace missing": (ASKED[:-1], DAG),
    "other capitals": (ASKED.replace("steps", "Steps").replace("task", "Task")
                       .replace("needs", "Needs"), DAG),
    "depends_on": (steps([], [], [1, 2], key="depends_on"), DAG),
    "dependencies as step1": (steps([], [], ["step1", "step2"], key="dependencies"), DAG),
    "dependencies as Step 1": (steps([], [], ["Step 1", "Step 2"], key="Depends-On"), DAG),
    "dependencies as #1": (steps([], [], ["#1", "#2"]), DAG),
    "dependencies in a text": (steps("", "", "1, 2"), DAG),
    "dependencies with and": (steps("none", "none", "steps 1 and 2"), DAG),
    "dependencies as numbers in texts": (steps([], [], ["1", "2"]), DAG),
    "a single dependency": (steps(None, 1, 2), CHAIN),
    "counted from 0": (steps([], [], [0, 1]), DAG),
    "0 for none": (steps([0], [1], [2]), CHAIN),
    "needs later and own steps": (steps([3], [2], [1, 2, 3, 17]), DAG),
    "no needs at all": (json.dumps({"steps": [{"task": A}, {"task": B}, {"task": C}]}), CHAIN),
    "a list of texts": (json.dumps([A, B, C]), CHAIN),
    "texts under steps": (json.dumps({"steps": [A, B, C]}), CHAIN),
    "numbered keys": (json.dumps({"step1": A, "step2": B, "step3": C}), CHAIN),
    "numbered keys out of order": (json.dumps({"step3": C, "step1": A, "step2": B}), CHAIN),
    "numbered keys with gaps": (json.dumps({"step1": A, "step3": B, "step7": C}), CHAIN),
    "keys Step 1": (json.dumps({"Step 1": A, "Step 2": B, "Step 3": C}), CHAIN),
    "keys 1": (json.dumps({"1": A, "2": B, "3": C}), CHAIN),
    "keys sub_problem_1": (json.dumps({f"sub_problem_{i}": t for i, t in
                                       enumerate((A, B, C), 1)}), CHAIN),
    "the same key for every step": (f'{{"step1": "{A}", "step1": "{B}", "step2": "{C}"}}', CHAIN),
    "steps inside plan": (json.dumps({"plan": {"steps": [A, B, C]}}), CHAIN),
    "under sub_problems": (json.dumps({"sub_problems": [{"description": t} for t in (A, B, C)]}),
                           CHAIN),
    "an unknown key": (json.dumps({"Zerlegung": [A, B, C]}), CHAIN),
    "wrong keys in the steps": (json.dumps({"steps": [{"goal": A}, {"question": B},
                                                      {"Sub-Problem": C}]}), CHAIN),
    "one-key steps": (json.dumps([{"step1": A}, {"step2": B}, {"step3": C}]), CHAIN),
    "step number and text": (
        json.dumps({"steps": [{"step": i, "text": t} for i, t in enumerate((A, B, C), 1)]}),
        CHAIN),
    "own ids": (
        json.dumps([{"id": "a", "task": A, "needs": []}, {"id": "b", "task": B, "needs": []},
                    {"id": "c", "task": C, "needs": ["a", "b"]}]), DAG),
    "ids that begin at 10": (
        json.dumps([{"id": 10, "task": A, "needs": []}, {"id": 20, "task": B, "needs": []},
                    {"id": 30, "task": C, "needs": [10, 20]}]), DAG),
    "numbers inside the texts": (json.dumps([f"1. {A}", f"2) {B}", f"Step 3: {C}"]), CHAIN),
    "bold inside the texts": (json.dumps([f"**{A}**", f"**Step 2:** {B}", C]), CHAIN),
    "one object a line": (
        "\n".join(json.dumps({"id": i, "task": t, "needs": n})
                  for i, (t, n) in enumerate(((A, []), (B, []), (C, [1, 2])), 1)), DAG),
    "pairs": (json.dumps([[A, []], [B, []], [C, [1, 2]]]), DAG),
    "null and empty steps": (json.dumps({"steps": [A, None, "", B, "...", C]}), CHAIN),
    "a step repeated": (json.dumps({"steps": [A, A, B, C, C]}), CHAIN),
    "numbered lines": (f"1. {A}\n2. {B}\n3. {C}", CHAIN),
    "numbered with brackets": (f"1) {A}\n2) {B}\n3) {C}", CHAIN),
    "numbers in brackets": (f"(1) {A}\n(2) {B}\n(3) {C}", CHAIN),
    "Step 1:": (f"Step 1: {A}\nStep 2: {B}\nStep 3: {C}", CHAIN),
    "bold steps": (f"**Step 1:** {A}\n**Step 2:** {B}\n\n**Step 3:** {C}", CHAIN),
    "bold numbers": (f"**1.** {A}\n**2.** {B}\n**3.** {C}", CHAIN),
    "headings with the text below": (f"### Step 1\n{A}\n\n### Step 2\n{B}\n\n### Step 3\n{C}",
                                     CHAIN),
    "dashes": (f"Step 1 - {A}\nStep 2 - {B}\nStep 3 - {C}", CHAIN),
    "Sub-problem 1.": (f"Sub-problem 1. {A}\nSub-problem 2. {B}\nSubproblem 3. {C}", CHAIN),
    "German": (f"Schritt 1: {A}\nSchritt 2: {B}\nSchritt 3: {C}", CHAIN),
    "French": (f"Étape 1 : {A}\nÉtape 2 : {B}\nÉtape 3 : {C}", CHAIN),
    "bullets": (f"The plan:\n- {A}\n- {B}\n- {C}\nThat is all.", CHAIN),
    "stars": (f"* {A}\n* {B}\n* {C}", CHAIN),
    "round bullets": (f"• {A}\n• {B}\n• {C}", CHAIN),
    "check boxes": (f"- [ ] {A}\n- [ ] {B}\n- [ ] {C}", CHAIN),
    "circled": (f"① {A}\n② {B}\n③ {C}", CHAIN),
    "letters": (f"a) {A}\nb) {B}\nc) {C}", CHAIN),
    "roman": (f"i. {A}\nii. {B}\niii. {C}", CHAIN),
    "bullets below numbers": (
        f"1. {A}\n   - that is easy\n2. {B}\n3. {C}",
        [(f"{A} - that is easy", ()), (B, ("1",)), (C, ("2",))]),
    "wrapped lines": ("1. Count the red\n   marbles\n2. Count the blue\nmarbles\n3. Add both\n"
                      "counts", CHAIN),
    "two lists, the last counts": (f"1. Hmm\n2. Let me see\n\nPlan:\n1. {A}\n2. {B}\n3. {C}",
                                   CHAIN),
    "needs in brackets": (f"1. {A}\n2. {B} (needs 1)\n3. {C} (uses #1 and #2)",
                          [(A, ()), (B, ("1",)), (C, ("1", "2"))]),
    "windows line ends": (f"1. {A}\r\n2. {B}\r\n3. {C}\r\n", CHAIN),
    "closing remark": (f"1. {A}\n2. {B}\n3. {C}\n\nThis gives the answer.", CHAIN),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "expected"), UGLY.values(), ids=UGLY.keys())
def test_ugly_replies_are_read(reply: str, expected: object) -> None:
    assert found(read_plan(reply)) == expected


def test_the_table_is_long_enough() -> None:
    assert len(UGLY) >= 60


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Find \frac{a}{b} \times \theta", r"Find \frac{a}{b} \times \theta"),
        (r"Find \\frac{a}{b} \\neq 0", r"Find \frac{a}{b} \neq 0"),
        (r"Solve \(x^2 = 4\) for \(x\)", r"Solve \(x^2 = 4\) for \(x\)"),
        (r"First\nthen \nabla f", r"First then \nabla f"),
        (r"The angle is 45\u00b0", "The angle is 45°"),
        (r"\u00zz is no escape", r"\u00zz is no escape"),
        (r"Write \"n\" for the number", 'Write "n" for the number'),
        ('Write "n" for the number', 'Write "n" for the number'),
        (r"Take \$5 and 10\%", r"Take \$5 and 10\%"),
        (r"\ud800 alone", "\ufffd alone"),
        (r"Let S = \{1, 2\}", r"Let S = \{1, 2\}"),
        ("Tom's and Ann's apples", "Tom's and Ann's apples"),
        (r"a \\ b", r"a \ b"),
    ],
)
def test_latex_and_escapes(written: str, read: str) -> None:
    plan = read_plan(f'{{"steps": [{{"task": "{written}", "needs": []}}]}}')
    assert isinstance(plan, Plan)
    assert plan.last.text == read


@pytest.mark.parametrize(
    ("reply", "complete", "reason"),
    [
        ("", True, "empty"),
        ("   \n", True, "empty"),
        ("<think>a long thought that never", False, "cut off before"),
        ("The answer is 42.", True, "neither JSON nor a list"),
        ("I cannot help with that.", True, "neither JSON nor a list"),
        ("- Only one thing", True, "neither JSON nor a list"),
        ('{"steps": []}', True, "neither JSON nor a list"),
        ('{"steps": [{"task": "..."}]}', True, "empty"),
        ('{"steps": ["<first sub-problem>", "<second>"]}', True, "empty"),
        ('{"difficulty": 7}', True, "neither JSON nor a list"),
        ("[1, 2, 3]", True, "neither JSON nor a list"),
        ('{"steps": [{"task": "Count", "needs": []}, {"task": "Ad', False, "cut off"),
        (f"1. {A}\n2. {B}\n3. Add bo", False, "cut off"),
        (json.dumps([f"Find x_{i}" for i in range(MAX_STEPS + 1)]), True, "25 steps"),
    ],
)
def test_what_is_no_outline_is_refused_in_words(reply: str, complete: bool, reason: str) -> None:
    plan = read_plan(reply, complete)
    assert isinstance(plan, str)
    assert reason in plan


def test_a_cut_reply_counts_if_its_json_was_closed() -> None:
    assert found(read_plan(f"{ASKED}\n\nNow let me explain why th", complete=False)) == DAG


def test_as_published_every_step_follows_the_one_before() -> None:
    assert found(read_plan(ASKED, chain=True)) == CHAIN


def test_a_mention_of_a_result_is_a_need() -> None:
    reply = json.dumps(
        {
            "steps": [
                {"task": A, "needs": []},
                {"task": B, "needs": []},
                {"task": "Add #1 to the result of step 2", "needs": []},
            ]
        }
    )
    plan = read_plan(reply)
    assert isinstance(plan, Plan)
    assert plan.last.depends_on == ("1", "2")


def test_nothing_is_solved_for_nothing() -> None:
    """A step whose result nobody needs is needed by the last one."""
    assert found(read_plan(steps([], [], []))) == DAG


def test_equal_plans_have_equal_texts() -> None:
    plans = [read_plan(reply) for name, (reply, e) in UGLY.items() if e is DAG]
    assert len({plan.text for plan in plans if isinstance(plan, Plan)}) == 1


def test_a_long_task_is_cut() -> None:
    plan = read_plan(json.dumps([A + " and" * 2000, B]))
    assert isinstance(plan, Plan)
    assert len(plan.steps[0].text) == MAX_TASK


# ---- hostile texts -------------------------------------------------------------------------

MANY = 40_000
HOSTILE = [
    "[" * MANY, "{" * MANY, '{"a":' * 8000, '["a", ' * 8000, '{"' * 20_000, "['" * 20_000,
    "[a " * 13_000, '["' + "\\" * MANY, '["a" ' * 8000, "[//" * 13_000, '["' + '"' * MANY,
    '["' + '" ' * 19_000, '{"a":"' + "\n" * MANY, '{"a":"' + '\n"b":' * 6000, '["' + '" ,' * 10_000,
    "<think>" * 6000, "</think>" * 6000, "<think></think>" * 3000, "1. " * 15_000, "1.\n" * 15_000,
    "- " * 20_000, "**" * 20_000, "# " * 20_000, "(" * MANY, "1" * MANY, " " * MANY + "1. a",
    "Step 1: a\n" * 4000, ">" * MANY, "i" * MANY, "1. a\n2. b\n" + "(needs " * 6000,
    '{"steps": ["' + "a (needs 1) " * 3000 + '"]}', "\\" * MANY, "\x00" * MANY, "\ud800" * 2000,
    json.dumps({"steps": ["#1 " * 10_000, "step 1 " * 5000]}), "a, " * 13_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:12]))
def test_hostile_texts_do_not_hang(text: str) -> None:
    """Each ends in a fraction of a second; anything worse than linear would take minutes."""
    for complete in (True, False):
        assert isinstance(read_plan(text, complete), Plan | str)
    assert isinstance(read_plan(f"{ASKED}\n{text}"), Plan | str)


@QUICK
@given(st.text(alphabet="{}[]\",:\\'\n 12ab#-.“”`/*", max_size=300))
def test_any_text_is_a_plan_or_a_reason(text: str) -> None:
    plan = read_plan(text)
    assert isinstance(plan, Plan | str)
    list(relaxed_json.values(text))


_TREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@QUICK
@given(_TREE.filter(lambda v: isinstance(v, list | dict)), st.booleans())
def test_json_proper_is_read_as_json(value: object, ascii_only: bool) -> None:
    """LaTeX apart, that proper JSON may not contain undoubled."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    if "\\" in text.replace("\\u", "").replace('\\"', "").replace("\\\\", ""):
        return
    read = list(relaxed_json.values(text))
    assert read == [json.loads(text)]
