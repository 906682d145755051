"""Does the ledger balance? What the lanes were charged, held against what the engine generated.

Knows how to count each sample in the lanes' events once, by its key. Does not know engines; their
side is the duel's `Generated` events.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_core.trace import duel as du
from scale_core.trace import events as ev
from scale_core.trace.ledger import Ledger
from scale_core.trace.sample_key import SampleKey
from scale_core.trace.usage import Usage
from scale_core.views import units


@dataclass(frozen=True, slots=True)
class Balance:
    """Samples and completion tokens, each sample of the lanes counted once, against the engine's.

    charged, generated: completion tokens, None where the engine did not count; samples that were
    recorded earlier (`earlier` of them) are left out. nodes_add_up: every lane's sum over nodes
    equals its total.
    """

    charged_samples: int
    generated_samples: int
    charged: int | None
    generated: int | None
    nodes_add_up: bool
    recorded: bool = False
    earlier: int = 0

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
        mine = f"{self.charged_samples} samples, {units.tokens(self.charged)} written"
        its = f"{self.generated_samples} samples, {units.tokens(self.generated)}"
        if self.ok is None:
            return f"The engine does not count every token: charged {mine}; generated {its}."
        if self.ok:
            past = f"; {self.earlier} more were recorded earlier" if self.earlier else ""
            return f"Each sample once: {mine} by the lanes, the same by the engine{past}."
        return f"The lanes were charged {mine}, the engine generated {its}."


def balance(duel: du.Duel, before: du.Duel | None = None) -> Balance:
    """The comparison for a duel at any moment; exact once it has ended. `before`: the duel whose
    recorded samples this one could use without generating them."""
    seen, kept = _samples(duel), {} if before is None else _samples(before, whole=True)
    counts = [
        sample.completion_tokens
        for asked, samples in seen.items()
        for index, sample in samples.items()
        if index not in kept.get(asked, ())
    ]
    charged = None if None in counts else sum(n for n in counts if n is not None)
    return Balance(
        charged_samples=len(counts),
        generated_samples=sum(g.samples for g in duel.generated),
        charged=charged,
        generated=duel.physical.completion,
        nodes_add_up=all(_adds_up(run.ledger) for run in duel.lanes.values()),
        recorded=bool(duel.start and duel.start.recorded),
        earlier=sum(map(len, seen.values())) - len(counts),
    )


def _samples(duel: du.Duel, whole: bool = False) -> dict[SampleKey, dict[int, ev.Sample]]:
    """Every sample that a lane was charged for, each once: by what was asked, then by index.
    whole: only what a bank keeps, that is what was not stopped on the way."""
    found: dict[SampleKey, dict[int, ev.Sample]] = {}
    for run in duel.lanes.values():
        for event in run.events:
            if isinstance(event, ev.Sampled):
                same = found.setdefault(SampleKey.of(event), {})
                same |= {s.index: s for s in event.samples if not whole or s.finish != "abort"}
    return found


def _adds_up(ledger: Ledger) -> bool:
    nodes = {entry.node for entry in ledger.entries}
    return Usage.sum(ledger.of_node(node) for node in nodes) == ledger.total
