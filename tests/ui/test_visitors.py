"""Whose runs a page lists: one person's on a machine of their own, each browser's elsewhere."""

from __future__ import annotations

import argparse
from types import SimpleNamespace
from typing import Any

import pytest

from scale_core.cli.page import _visitors
from scale_core.ui.visitors import ONE, is_local, owner_of

HOME = {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}
NAME = 32 * "a"


def request(client: str = "127.0.0.1", **headers: str) -> Any:
    told = {k.replace("_", "-"): v for k, v in {**HOME, **headers}.items()}
    return SimpleNamespace(client=SimpleNamespace(host=client), headers=told)


@pytest.mark.parametrize(
    "came",
    [request(), request(host="localhost:7860", origin="http://localhost:7860"),
     request("::1", host="[::1]:7860", origin="http://[::1]:7860")],
)  # fmt: skip
def test_who_comes_from_this_machine_is_its_one_person(came: Any) -> None:
    assert is_local(came)
    assert owner_of("local", NAME, came) == ONE == ""
    assert owner_of("many", NAME, came) == NAME


@pytest.mark.parametrize(
    "came",
    [request("192.168.1.7"), request(host="example.org"), request(origin="https://example.org"),
     request(x_forwarded_for="127.0.0.1"), request(forwarded="for=127.0.0.1"),
     request(x_real_ip="::1"), request(via="1.1 proxy"), request(origin="null"),
     request(host="127.0.0.1.example.org"), request(host="[", origin="http://["),
     SimpleNamespace(client=SimpleNamespace(host="127.0.0.1"), headers={"host": "127.0.0.1"}),
     SimpleNamespace(client=None, headers=HOME)],
)  # fmt: skip
def test_everybody_else_has_their_own(came: Any) -> None:
    assert not is_local(came)
    assert owner_of("local", NAME, came) == NAME
    assert owner_of("one", NAME, came) == ONE, "whoever starts the app may say so"


@pytest.mark.parametrize(
    ("told", "rule"),
    [({}, "local"), ({"host": "localhost"}, "local"), ({"host": "0.0.0.0"}, "many"),
     ({"share": True}, "many"), ({"root_path": "/scale"}, "many"), ({"visitors": "one"}, "one"),
     ({"visitors": "many"}, "many"), ({"public": True}, "many"), ({"auth": "f"}, "many")],
)  # fmt: skip
def test_an_app_that_others_reach_has_many_visitors(told: dict[str, Any], rule: str) -> None:
    usual = {
        "visitors": "auto", "host": "127.0.0.1", "share": False, "root_path": "",
        "public": False, "trusted_proxy": None, "auth": None,
    }  # fmt: skip
    assert _visitors(argparse.Namespace(**{**usual, **told})) == rule
