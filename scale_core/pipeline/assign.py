"""Stage 3, assign: System 1 or System 2 for a sub-problem (SCALE eq. 4). Pure."""

from __future__ import annotations

from scale_core.problem import Mode


def assign(policy: str, difficulty: float | None, tau: float, last: bool) -> tuple[Mode, str]:
    """The mode and the reason in words. At exactly tau a step is System 1 (strict >).

    policy: threshold, system1, system2 or last. Raises ValueError if the threshold policy gets no
    difficulty.
    """
    if policy in ("system1", "system2"):
        mode = Mode(policy)
        return mode, f"every step runs in {mode.label}"
    if policy == "last":
        return (Mode.SYSTEM2, "the last step") if last else (Mode.SYSTEM1, "not the last step")
    if difficulty is None:
        raise ValueError("the threshold policy needs a difficulty")
    if difficulty > tau:
        return Mode.SYSTEM2, f"difficulty {difficulty:.2f} is above the threshold {tau:.2f}"
    return Mode.SYSTEM1, f"difficulty {difficulty:.2f} is not above the threshold {tau:.2f}"
