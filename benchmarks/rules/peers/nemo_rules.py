"""Nemo: Datalog in Rust.

Nemo reads its data when it first needs it, so the time to read it is measured in an engine that only copies the data,
and taken off.
"""

from collections.abc import Iterator

from garments import RDF_TYPE, term
from nmo_python import NemoEngine, load_string
from task import HERE, Outcome, Task, timed

DERIVED = (
    "type", "narrowerThan", "madeOf", "pairsWith", "hasPart", "attribute", "suitsSeason", "segment", "wornIn",
    "matches",
)  # fmt: skip
_COPY = "copy(?p) :- t(?s, ?p, ?o) .\n@output copy .\n"


def run(task: Task) -> Outcome:
    """Derive with Nemo."""
    if task.schema is not None:
        raise ValueError("Nemo has no OWL; compare it on the rules")
    source = f'@import t :- ntriples{{resource="{task.data}"}} .\n'
    read_s = min(timed(NemoEngine(load_string(source + _COPY)).reason) for _ in range(3))
    engine = NemoEngine(load_string((HERE / "garments.rls").read_text("utf-8") + source))
    return Outcome(max(timed(engine.reason) - read_s, 0.001), lambda: _lines(engine))


def _lines(engine: NemoEngine) -> Iterator[str]:
    for name in DERIVED:
        verb = RDF_TYPE if name == "type" else term(name)
        yield from (f"{subject} {verb} {obj} ." for subject, obj in engine.result(name))
