"""Events become JSON and come back; what a reader cannot know is ignored or refused."""

from __future__ import annotations

import dataclasses
import json
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scale_core.problem import Mode, SubProblem
from scale_core.trace import events as ev
from scale_core.trace.usage import Usage
from tests.pipeline.scripted import ScriptedEngine, play, script

KINDS = sorted(ev.EVENTS)
QUICK = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False)
)
NASTY = st.text(max_size=8) | st.sampled_from(
    ['He said "no"', r"\frac{1}{2}", "two\nlines\r\n", "</script>", "\x00", "π≠3", "\\", ""]
)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field with this type."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: NASTY,
        int: st.integers(),
        bool: st.booleans(),
        Any: SCALARS,
        float: st.floats(allow_nan=False, allow_infinity=False),
        Mode: st.sampled_from(Mode),
        type(None): st.none(),
    }
    if hint in plain:
        return plain[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, args))
    if origin is tuple and args[1:] == (Ellipsis,):
        return st.lists(values_of(args[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, args))
    if dataclasses.is_dataclass(hint):
        return built(hint)
    if "Mapping" in str(origin):
        return st.dictionaries(NASTY, SCALARS | st.lists(SCALARS, max_size=2), max_size=3)
    return st.sampled_from(args)  # Literal


def built(cls: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    fields = {f.name: values_of(hints[f.name]) for f in dataclasses.fields(cls)}
    if cls is ev.RunStarted:
        fields["version"] = st.integers(1, ev.VERSION)
    return st.builds(cls, **fields)


def back_and_forth(event: ev.Event) -> ev.Event:
    return ev.from_json(json.loads(json.dumps(ev.to_json(event))))


def example(kind: str) -> dict[str, Any]:
    samples: dict[str, ev.Event] = {
        "run_started": ev.RunStarted(
            run="r", problem="p", expected=None, strategy="scale", seed=1, options={}, engine={}
        ),
        "rated": ev.Rated(node="1", raw=0.5, calibrated=None, used=0.5),
    }
    return json.loads(json.dumps(ev.to_json(samples[kind])))  # type: ignore[no-any-return]


def test_every_event_class_is_registered() -> None:
    defined = {
        value
        for value in vars(ev).values()
        if isinstance(value, type) and issubclass(value, ev.Event)
    }
    assert set(ev.EVENTS.values()) == defined - {ev.Event}
    assert all(cls.kind == kind for kind, cls in ev.EVENTS.items())


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str) -> None:
    @QUICK
    @given(built(ev.EVENTS[kind]))
    def check(event: ev.Event) -> None:
        assert back_and_forth(event) == event

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_kind_comes_first_in_json(kind: str) -> None:
    @settings(QUICK, max_examples=2)
    @given(built(ev.EVENTS[kind]))
    def check(event: ev.Event) -> None:
        assert next(iter(ev.to_json(event).items())) == ("kind", kind)

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_newer_releases_are_ignored(kind: str) -> None:
    @settings(QUICK, max_examples=3)
    @given(built(ev.EVENTS[kind]))
    def check(event: ev.Event) -> None:
        data = json.loads(json.dumps(ev.to_json(event)))
        assert ev.from_json({**data, "aura": 7, "more": [{"a": None}]}) == event

    check()


def test_fields_of_newer_releases_are_ignored_inside_too() -> None:
    steps = (SubProblem("1", "#1", "2+3"),)
    planned = ev.Planned(steps=steps, outline="#1=2+3", how="the only outline")
    data = json.loads(json.dumps(ev.to_json(planned)))
    data["steps"][0]["colour"] = "blue"
    assert ev.from_json(data) == planned


def test_missing_new_fields_get_their_defaults() -> None:
    data = example("rated")
    del data["provisional"], data["forced"], data["t"]
    assert ev.from_json(data) == ev.Rated(node="1", raw=0.5, calibrated=None, used=0.5)


def test_files_that_told_a_unit_in_a_note_are_read_as_with_the_field() -> None:
    data = {"kind": "allocated", "node": "plan", "round": 1, "rule": "scale", "budget": 900,
            "shares": [{"id": "1", "count": 900, "uniform": 900.0}]}  # fmt: skip
    old = ev.from_json({**data, "note": "counts are tokens"})
    assert old == ev.from_json({**data, "unit": "tokens"})
    assert isinstance(old, ev.Allocated) and (old.unit, old.note) == ("tokens", "")
    other = ev.from_json({**data, "note": "as released"})
    assert isinstance(other, ev.Allocated) and (other.unit, other.note) == (
        "rollouts",
        "as released",
    )


@pytest.mark.parametrize("version", [ev.VERSION + 1, 99])
def test_newer_format_is_refused(version: int) -> None:
    with pytest.raises(ValueError, match=f"format {version}.*reads {ev.VERSION}"):
        ev.from_json({**example("run_started"), "version": version})


def test_a_run_without_version_is_version_1() -> None:
    data = example("run_started")
    del data["version"]
    started = ev.from_json(data)
    assert isinstance(started, ev.RunStarted) and started.version == 1


@pytest.mark.parametrize("kind", ["telepathy", "", None, 3, "RunStarted", ["rated"], {"a": 1}])
def test_unknown_kind_is_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="unknown event kind"):
        ev.from_json({"kind": kind, "node": "1"})


def test_no_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown event kind"):
        ev.from_json({"node": "1"})


def test_unknown_stays_unknown() -> None:
    sampled = ev.Sampled(
        node="1",
        stage="rate",
        prompt="p",
        seed=1,
        temperature=0.0,
        top_p=1.0,
        max_tokens=3,
        n=1,
        samples=(ev.Sample(0, "7", "stop", None),),
        usage=Usage(3, None, None, None),
        seconds=0.1,
    )
    again = back_and_forth(sampled)
    assert isinstance(again, ev.Sampled)
    assert again.usage == Usage(3, None, None, None)
    assert again.samples[0].completion_tokens is None


def test_every_event_of_a_real_run_comes_back() -> None:
    engine = ScriptedEngine(script(rate="9", s2=lambda body, seed, index: "junk"))
    run = play(engine, answer="6")
    for event in run.events:
        assert back_and_forth(event) == event, event.kind


def test_reckoned_tokens_are_marked_and_others_are_written_as_ever() -> None:
    for usage, written in (
        (Usage(1, None, 2, 0), {"prompt": 1, "cached": None, "completion": 2, "thinking": 0}),
        (Usage(1, None, 2, 0, 3), {"prompt": 1, "cached": None, "completion": 2, "thinking": 0,
                                   "reckoned": 3}),
    ):  # fmt: skip
        event = ev.Measured(node="1", stage="embed", items=(), usage=usage, seconds=0.0)
        data = ev.to_json(event)
        assert data["usage"] == written
        assert ev.from_json(json.loads(json.dumps(data))) == event
    assert Usage(1, 0, 2, 0, 3) + Usage(1, 0, 0, 0, 1) == Usage(2, 0, 2, 0, 4)
