"""Does the ledger balance? What the lanes were charged, held against what the engine generated.

Knows how to identify a sample in the lanes' events (law 4: prompt, parameters, seed, index) and
to count each once. Does not know engines; their side is the duel's `Generated` events.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger
from scale_core.trace.usage import Usage
from scale_core.views import wording


@dataclass(frozen=True, slots=True)
class Balance:
    """Samples and completion tokens, each sample of the lanes counted once, against the engine's.

    charged, generated: completion tokens, None where the engine did not count. nodes_add_up: every
    lane's sum over nodes equals its total.
    """

    charged_samples: int
    generated_samples: int
    charged: int | None
    generated: int | None
    nodes_add_up: bool
    recorded: bool = False

    @property
    def ok(self) -> bool | None:
        """None: there is nothing to compare, as nothing was generated or nothing was counted."""
        if self.recorded:
            return self.nodes_add_up
        if self.charged is None or self.generated is None:
            return None
        same = self.charged == self.generated and self.charged_samples == self.generated_samples
        return same and self.nodes_add_up

    @property
    def text(self) -> str:
        """One sentence that says what was compared."""
        if self.recorded:
            return "Recorded: nothing was generated; every lane's nodes add up to its total."
        mine = f"{self.charged_samples} samples, {wording.tokens(self.charged)} written"
        its = f"{self.generated_samples} samples, {wording.tokens(self.generated)}"
        if self.ok is None:
            return f"The engine does not count every token: charged {mine}; generated {its}."
        if self.ok:
            return f"Each sample counted once, the lanes were charged {mine}: what was generated."
        return f"The lanes were charged {mine}, the engine generated {its}."


def balance(duel: du.Duel) -> Balance:
    """The comparison for a duel at any moment; exact once it has ended."""
    seen: dict[tuple[object, ...], int | None] = {}
    for run in duel.lanes.values():
        for event in run.events:
            if isinstance(event, ev.Sampled):
                for sample in event.samples:
                    seen[_identity(event, sample)] = sample.completion_tokens
    counts = list(seen.values())
    charged = None if None in counts else sum(n for n in counts if n is not None)
    return Balance(
        charged_samples=len(counts),
        generated_samples=sum(g.samples for g in duel.generated),
        charged=charged,
        generated=duel.physical.completion,
        nodes_add_up=all(_adds_up(run.ledger) for run in duel.lanes.values()),
        recorded=bool(duel.start and duel.start.recorded),
    )


def _identity(event: ev.Sampled, sample: ev.SampleRecord) -> tuple[object, ...]:
    asked = (event.prompt, event.seed, event.temperature, event.top_p, event.max_tokens)
    return (*asked, event.thinking, sample.index)


def _adds_up(ledger: Ledger) -> bool:
    nodes = {entry.node for entry in ledger.entries}
    return Usage.sum(ledger.of_node(node) for node in nodes) == ledger.total
