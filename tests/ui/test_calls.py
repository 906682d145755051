"""Values on their way into the page's functions and out: what Gradio itself makes of them, without
its detours; and failures in words."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio.to_thread
import gradio as gr
import pytest
from gradio.state_holder import SessionState

from scale_core.ui.calls import Blocks, Told
from scale_core.ui.work import WRONG


class Small:
    """Components of every kind that the page has."""

    def __init__(self) -> None:
        with Blocks() as self.blocks:
            self.text, self.number = gr.Textbox("a"), gr.Slider(0, 9, 3)
            self.choice = gr.Dropdown(["x", "y"], value="x")
            self.kept, self.drawn = gr.State([1]), gr.HTML({"a": 1}, html_template="<p></p>")
            self.table, self.button = gr.Dataframe(), gr.Button("Run")
            self.all = [self.text, self.number, self.choice, self.kept, self.drawn, self.table,
                        self.button]  # fmt: skip
            self.button.click(self.failing, self.all[:4], self.all)

    def failing(self, *_: Any) -> Any:
        raise KeyError("/a/path/of/ours")

    @property
    def function(self) -> Any:
        return next(iter(self.blocks.fns.values()))


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done in a thread."""
    seen: list[str] = []
    run = anyio.to_thread.run_sync

    async def counted(function: Any, *args: Any, **how: Any) -> Any:
        seen.append(type(function.__self__).__name__)
        return await run(function, *args, **how)

    monkeypatch.setattr(anyio.to_thread, "run_sync", counted)
    return seen


def test_values_come_out_as_gradio_sends_them_and_take_no_thread(threads: list[str]) -> None:
    small = Small()

    def given() -> Any:
        yield {
            small.text: "b", small.kept: [2], small.drawn: {"b": [1, 2]}, small.table: [["c", 1]],
            small.number: gr.update(value=4, visible=False),
            small.button: gr.update(interactive=True),
        }  # fmt: skip
        yield {small.drawn: None}
        yield {small.button: gr.update(interactive=False)}

    async def sent(kind: Any) -> tuple[list[Any], Any]:
        state = SessionState(small.blocks)
        found = [
            await kind.postprocess_data(small.blocks, small.function, values, state)
            for values in given()
        ]
        return found, state[small.kept._id]

    ours = asyncio.run(sent(Blocks))
    assert threads == ["Dataframe"]
    theirs = asyncio.run(sent(gr.Blocks))
    for row in theirs[0]:  # of a drawing that stays as it is Gradio sends this twice
        if isinstance(row[4], dict):
            row[4].pop("props", None)
    assert ours == theirs


def test_values_go_in_as_gradio_hands_them_on_and_take_no_thread(threads: list[str]) -> None:
    small = Small()

    async def got(kind: Any) -> list[Any]:
        state = SessionState(small.blocks)
        inputs = ["b", 4, "y", None]
        return list(await kind.preprocess_data(small.blocks, small.function, inputs, state))

    ours = asyncio.run(got(Blocks))
    assert not threads
    assert ours == asyncio.run(got(gr.Blocks)) == ["b", 4, "y", [1]]


@pytest.mark.parametrize(
    ("values", "words"),
    [(["b", 4, "y", None], WRONG), (["b", 4, "z", None], "not in the list of choices"),
     (["b"], r"This needs 4 values .*, not 1")],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_words(values: list[Any], words: str) -> None:
    small = Small()
    with pytest.raises(gr.Error, match=words) as told:
        asyncio.run(small.blocks.process_api(small.function, values))
    assert "/a/path" not in str(told.value) and (words != WRONG or isinstance(told.value, Told))
