"""The buttons that start a run, pressed sooner than a page has time for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from place import PATIENCE
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
WHEN_IT_IS_BACK = """([problem, answer]) => {
  const run = document.querySelector('#sx-run'), write = (box, text) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value').set.call(box, text);
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  let off = false;
  new MutationObserver((_, watching) => {
    off = off || run.disabled;
    if (!off || run.disabled) return;
    watching.disconnect();
    write(document.querySelector('#sx-problem textarea'), problem);
    write(document.querySelector('input[placeholder="to grade the run"]'), answer);
    run.click();
  }).observe(run, { attributes: true });
  run.click();
}"""


def test_run_is_heard_at_the_moment_it_is_back_with_what_was_typed_just_then(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    page.locator("#sx-problem textarea").fill("What is 7*8?")
    page.evaluate(WHEN_IT_IS_BACK, ["What is 6*9?", "54"])
    answer = page.locator("#sx-answer-card")
    expect(answer).to_contain_text("54")
    expect(answer).to_contain_text("Solved")
    expect(page.locator("#sx-run")).to_be_enabled()
