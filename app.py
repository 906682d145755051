"""The SCALE Explorer: `python app.py`, then open the printed address.

Knows where the page starts (scale_core/cli/page.py has its flags), and nothing else.
"""

from __future__ import annotations


def main() -> None:
    # vLLM's processes import this file again, and need nothing of it
    from scale_core.cli.page import main as page

    page()


if __name__ == "__main__":
    main()
