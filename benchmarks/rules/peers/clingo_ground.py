"""clingo: the program grounds to its only model; the facts are grounded first, so that they are not timed."""

from collections.abc import Iterator
from itertools import chain

import clingo
import polars as pl
from garments import RDF_TYPE, SUBCLASS, Graph, garments, term
from task import HERE, Outcome, Task, timed

ASSERTED = {
    RDF_TYPE: "class", SUBCLASS: "above", "narrowerThan": "narrow", "material": "material", "colour": "colour",
    "sleeve": "sleeve", "price": "price", "fit": "fit", "partOf": "part", "pairsWith": "next",
    "harmonises": "harmonises",
}  # fmt: skip
DERIVED = {
    "type": RDF_TYPE, "narrower": "narrowerThan", "made": "madeOf", "pairs": "pairsWith", "has": "hasPart",
    "attribute": "attribute", "season": "suitsSeason", "segment": "segment", "worn": "wornIn", "matches": "matches",
}  # fmt: skip
CONSTANTS = (
    "Winter", "Summer", "Wool", "Synthetic", "PlantFibre", "Sleeveless", "Outerwear", "Garment", "Luxury", "AllYear",
    "Black", "White", "Navy", "Blue",
)  # fmt: skip


def run(task: Task) -> Outcome:
    """Derive with gringo."""
    if task.schema is not None:
        raise ValueError("clingo has no OWL; compare it on the rules")
    graph = garments(task.size, seed=task.seed)
    names = graph.names.to_list()
    ids = {name: number for number, name in enumerate(names)}
    names += [term(name) for name in CONSTANTS if term(name) not in ids]
    ids = {name: number for number, name in enumerate(names)}
    options = [f"-c {name[0].lower()}{name[1:]}={ids[term(name)]}" for name in CONSTANTS]
    control = clingo.Control(list(chain.from_iterable(option.split() for option in options)))
    control.add("facts", [], facts(graph, ids))
    control.add("rules", [], (HERE / "garments.lp").read_text("utf-8"))
    control.ground([("facts", [])])
    seconds = timed(lambda: control.ground([("rules", [])]))
    return Outcome(seconds, lambda: _lines(control, names))


def facts(graph: Graph, ids: dict[str, int]) -> str:
    """Write the asserted triples as facts; a price is its number, any other term its id."""
    prices = graph.names.str.extract(r'^"(\d+)"').cast(pl.Int32)
    pieces = []
    for name, predicate in ASSERTED.items():
        verb = ids[name if name.startswith("<") else term(name)]
        rows = graph.triples.filter(pl.col("p") == verb)
        if predicate == "price":
            rows = rows.with_columns(o=prices.gather(rows["o"]))
        pieces.append(rows.select(pl.format(predicate + "({},{}).", "s", "o").str.join("\n")).item())
    return "\n".join(pieces)


def _lines(control: clingo.Control, names: list[str]) -> Iterator[str]:
    for predicate, name in DERIVED.items():
        verb = name if name.startswith("<") else term(name)
        for atom in control.symbolic_atoms.by_signature(predicate, 2):
            if not atom.is_fact:
                raise ValueError(f"not decided by grounding: {atom.symbol}")
            subject, obj = (names[argument.number] for argument in atom.symbol.arguments)
            yield f"{subject} {verb} {obj} ."
