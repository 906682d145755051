"""What is kept of a visitor, said on the page, and the way to have all of it deleted.

Knows the words and the two clicks that it takes. Does not know how runs are stored (store/) or when
they go by themselves (retention.py).
"""

from __future__ import annotations

import asyncio
from typing import Any

import gradio as gr

from scale_core.ui import retention
from scale_core.ui.form import QUICK
from scale_core.ui.player import Player, Session
from scale_core.ui.visitors import ONE
from scale_core.views import units

ASK = "Delete all of mine"
AMONG = (
    "The runs of the command line and of programs are among these: delete them one by one, on the "
    "page Runs or with `python -m scale_core runs delete`."
)
SURE = "Yes, delete all of my runs for good"


class Privacy:
    def __init__(self, player: Player, public: bool) -> None:
        self.player, self.public = player, public

    def lay_out(self) -> None:
        store = self.player.store
        with gr.Accordion(
            "What is kept of you?", open=False, elem_classes=["sx-fold"], elem_id="sx-privacy"
        ):
            gr.Markdown(retention.told(store, self.player.admission.bounds, self.public))
            with gr.Row(visible=store is not None):
                self.ask = gr.Button(ASK, elem_id="sx-delete-all", size="sm")
                self.sure = gr.Button(
                    SURE, elem_id="sx-delete-sure", size="sm", variant="stop", visible=False
                )
                self.keep = gr.Button("Keep them", size="sm", visible=False)
            self.told = gr.Markdown(elem_id="sx-delete-told")

    def connect(self, session: gr.State) -> None:
        """session: any of the visitor's, which knows whose runs these are."""
        buttons = [self.ask, self.sure, self.keep]
        self.ask.click(lambda: _shown(asked=True), None, buttons, **QUICK)
        self.keep.click(lambda: _shown(asked=False), None, buttons, **QUICK)
        self.sure.click(self._delete, [session], [*buttons, self.told], **QUICK)

    async def _delete(self, session: Session) -> tuple[Any, ...]:
        """Whatever is under way is stopped first, so that nothing of it is written afterwards."""
        store, owner = self.player.store, session.visit.owner
        if owner == ONE:
            return *_shown(asked=False), AMONG
        count = 0
        if store is not None and owner is not None:
            await self.player.under_way.stop_all(owner)
            count = await asyncio.to_thread(store.delete_all, owner)
        return *_shown(asked=False), f"{units.many(count, 'run')} deleted for good."


def _shown(asked: bool) -> tuple[Any, ...]:
    return gr.update(visible=not asked), gr.update(visible=asked), gr.update(visible=asked)
