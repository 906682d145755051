"""The page's functions as Gradio calls them: failures told in words, values in and out at once.

Knows every way into a function (the page, a POST, the queue, MCP), that Gradio tells nothing of its
own errors, that what it could tell is for whoever runs the app, and which of its detours a page
with many visitors cannot afford. Does not know the functions.
"""

from __future__ import annotations

import copy
import inspect
import logging
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.state_holder import SessionState

from scale_core.ui.work import WRONG

LOG = logging.getLogger(__name__)


class Told(gr.Error):
    """What went wrong, in words for whoever asked; for the log it is nothing."""

    def __init__(self, words: str) -> None:
        super().__init__(words, print_exception=False)

    def __str__(self) -> str:
        """MCP tells this: the words as they are, not as Python writes them."""
        return str(self.message)


class Blocks(gr.Blocks):
    """A page whose functions fail in words for people."""

    async def process_api(
        self, block_fn: BlockFunction | int, inputs: list[Any], *rest: Any, **more: Any
    ) -> dict[str, Any]:
        """Raises gr.Error, whatever goes wrong."""
        found = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        # a generator that goes on is given nothing anew
        if more.get("iterator") is None and len(inputs) != len(found.inputs):
            raise Told(miscounted(found, len(inputs)))
        try:
            return await super().process_api(block_fn, inputs, *rest, **more)
        except gr.Error:
            raise
        except Exception:
            LOG.exception("a function of the page failed")
            raise Told(WRONG) from None

    async def preprocess_data(
        self,
        block_fn: BlockFunction,
        inputs: list[Any],
        state: SessionState | None,
        explicit_call: bool = False,
    ) -> list[Any]:
        """What a function is given. Gradio sends each value through a thread of its own, forty for
        one click on Run, and under load each waits twice for its turn. Here nothing in it takes
        long, but for files."""
        known, there = state or SessionState(self), block_fn.inputs
        if not block_fn.preprocess or block_fn.component_prop_inputs or any(map(_modelled, there)):
            return list(await super().preprocess_data(block_fn, inputs, known, explicit_call))
        raw = await super().preprocess_data(_changed(block_fn), inputs, known, explicit_call)
        return [
            value if block.stateful else known[block._id].preprocess(value)
            for block, value in zip(there, raw, strict=True)
        ]

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: Any, state: SessionState | None
    ) -> list[Any]:
        """What the browser is sent, again without a thread for each value. Gradio also makes each
        component anew that a function leaves as it is: here only those that change."""
        known, there = state or SessionState(self), block_fn.outputs
        by_block = isinstance(predictions, dict) and all(isinstance(k, Block) for k in predictions)
        if not by_block or not predictions or not block_fn.postprocess or block_fn.batch:
            return list(await super().postprocess_data(block_fn, predictions, known))
        sent: dict[Block, Any] = {
            block: None if block.stateful else dict(AS_IT_IS) for block in there
        }
        plain: dict[Block, Any] = {}
        others: dict[Block, Any] = {}
        for block, value in predictions.items():
            if _leaves(known.get(block._id, block), value):
                sent[block] = value
            elif _is_update(value) or block.stateful or _modelled(block):
                others[block] = value
            else:
                plain[block] = known.get(block._id, block).postprocess(value)
        for values, flag in ((plain, False), (others, True)):
            if values:
                one, some = [*values.values()], _changed(block_fn, [*values], flag)
                found = await super().postprocess_data(some, one if len(one) > 1 else one[0], known)
                sent.update(zip(values, found, strict=True))
        return [*sent.values()]


AS_IT_IS = {"__type__": "update"}
"""What Gradio sends of a component that a function leaves as it is."""


def _modelled(block: Block) -> bool:
    """Whether its values are tables or files, which take their time."""
    return bool(getattr(block, "data_model", None))


def _is_update(value: Any) -> bool:
    return isinstance(value, dict) and "update" in value.get("__type__", "")


def _leaves(block: Block, value: Any) -> bool:
    """Whether an update says of a component only what it is already."""
    if not _is_update(value) or "value" in value:
        return False
    told = ((key, wanted) for key, wanted in value.items() if key != "__type__")
    return all(getattr(block, key, told) == wanted for key, wanted in told)


def _changed(
    function: BlockFunction, outputs: Sequence[Block] | None = None, flag: bool = False
) -> BlockFunction:
    """The same function, for these outputs only, and whether values are converted."""
    found = copy.copy(function)
    found.preprocess = found.postprocess = flag
    found.outputs = function.outputs if outputs is None else outputs  # type: ignore[assignment]
    return found


def miscounted(function: BlockFunction, count: int) -> str:
    """What is said of a call with too many values, or too few."""
    wanted = len(function.inputs)
    names = [*inspect.signature(function.fn).parameters] if function.fn else []
    told = f" ({', '.join(names)})" if function.api_visibility == "public" else ""
    return f"This needs {wanted} value{'s' * (wanted != 1)}{told}, not {count}."
