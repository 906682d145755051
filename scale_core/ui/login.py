"""Login with Hugging Face, on a Space that offers it; without it a visitor is their browser.

Knows Gradio's button, and by which variables and packages it can be told that it will work: Gradio
would not start without them, and elsewhere acts a login for whoever runs the app. Does not know
whose runs somebody has (visitors.py).
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import gradio as gr
from gradio.utils import get_space

from scale_core.ui.form import QUICK
from scale_core.ui.visitors import hugging_face

NEEDED = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
"""Environment variables of a Space whose README says `hf_oauth: true`."""
PACKAGES = ("authlib", "itsdangerous")
"""Those of `gradio[oauth]`."""
IN, OUT = "Sign in with Hugging Face", "Sign out {}"


def offered() -> bool:
    """Whether visitors of this app can log in with Hugging Face."""
    variables = get_space() is not None and all(os.environ.get(name) for name in NEEDED)
    return variables and all(find_spec(name) for name in PACKAGES)


class Login:
    """The button, where it works: it says who is logged in, and then logs out."""

    def lay_out(self) -> None:
        if not offered():
            self.button = None
            return
        self.button = gr.LoginButton(
            IN, OUT, size="sm", variant="secondary", scale=0, elem_id="sx-login",
            icon=None,  # a file of Gradio's, and the gate serves none
        )  # fmt: skip
        # Gradio's own would be a function for programs and for MCP, too
        self.button.load_event_to_attach = None

    def connect(self, blocks: gr.Blocks) -> None:
        if self.button is not None:
            blocks.load(_said, None, self.button, **QUICK)


def _said(request: gr.Request) -> str:
    """What the button says, by which its script knows what a click does."""
    asked = request.request
    name = hugging_face(asked.scope).get("preferred_username") if asked else ""
    return OUT.format(name) if name else IN
