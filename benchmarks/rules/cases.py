"""What is compared with what, on how many garments, and the ratio to reach."""

from collections.abc import Callable
from dataclasses import dataclass

from encoded import Graph
from garments import garments
from lubm import universities

GENERATORS: dict[str, Callable[[int], Graph]] = {"garments": garments, "universities": universities}


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        label: What the table calls it.
        engine: The module below peers/, or a variant of our own engine.
        sizes: How many garments, or universities.
        wanted: The ratio to reach; None where the comparison is for information.
        kind: Which generator makes the data.
        schema: The axioms; None for the rules of garments.srl.
        repeat: How often each side is run.
        most: How many garments a slow engine is given; its time is scaled up, unless --slow.
        ours: The variant of our engine; the one that is chosen on the command line by default.
    """

    label: str
    engine: str
    sizes: tuple[int, ...]
    wanted: float | None = None
    kind: str = "garments"
    schema: str | None = None
    repeat: int = 3
    most: int | None = None
    ours: str | None = None


CASES = (
    Case("reasonable, OWL 2 RL", "reasonable_rl", (100_000,), 40, schema="garments.ttl"),
    Case("reasonable, universities", "reasonable_rl", (1, 5), kind="universities", schema="lubm.ttl"),
    Case("owlrl, OWL 2 RL", "owlrl_rl", (10_000,), 2_000, schema="garments.ttl", repeat=1, most=1_000),
    Case("maplib, CONSTRUCT loop", "maplib_loop", (100_000,), 8),
    Case("rdflib, CONSTRUCT loop", "rdflib_loop", (10_000,), 400, repeat=1),
    Case("pyoxigraph, INSERT loop", "pyoxigraph_loop", (10_000,)),
    Case("pySHACL, sh:SPARQLRule", "pyshacl_rules", (10_000,), 10_000, repeat=1, most=200),
    Case("clingo (gringo)", "clingo_ground", (10_000, 100_000), 5),
    Case("Jena, forward RETE", "jena_rules", (10_000, 100_000), 5),
    Case("Nemo", "nemo_rules", (10_000, 100_000)),
)
