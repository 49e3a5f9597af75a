"""A closure kept in files beside its store, so that the next command goes on from it instead of deriving it again.

`terms.parquet` holds the terms by number, `facts.parquet` the facts with rule, round and confidence, `about.json` what
they belong to: the store's revision and a digest of the rules in force. What belongs to something else is not used.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kg_fashion.graph.term_table import TermTable
from kg_fashion.reasoning.factbase import FactBase
from kg_fashion.reasoning.packed import Provenance, keys, objects, subjects
from kg_fashion.reasoning.program import Program
from kg_fashion.reasoning.syntax import Pattern

CLOSURE = "closure"
"""The folder beside a store where its closure is kept."""
_RULES = "rules.json"
_TYPES = {"s": pl.Int32, "o": pl.Int32, "p": pl.Int32, "rule": pl.Int16, "round": pl.Int32, "confidence": pl.Float32}


def digest(program: Program, data: Iterable[Pattern]) -> str:
    """Return a digest of the rules in force with their confidences, and of what is said beside them."""
    lines = sorted(f"{rule} {program.confidences.get(rule.iri, 1.0)}" for rule in program.active)
    return _hash("\n".join([*lines, *sorted(map(str, data))]))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def save_facts(
    folder: Path, facts: FactBase, program: Program, data: Iterable[Pattern], *, revision: int, round: int
) -> None:
    """Write a closure.

    Args:
        folder: Where to; made where it is missing.
        facts: What is known.
        program: The rules in force.
        data: What is said beside the rules.
        revision: The store's revision that the facts stand for.
        round: The highest round.
    """
    folder.mkdir(exist_ok=True)
    about = folder / "about.json"
    about.unlink(missing_ok=True)  # what is half written belongs to nothing
    pl.DataFrame({"nt": facts.terms.decode(range(len(facts.terms)))}).write_parquet(folder / "terms.parquet")
    parts = [_frame(predicate, *facts.relation(predicate).rows()) for predicate in facts.predicates()]
    pl.concat([pl.DataFrame(schema=_TYPES), *parts]).write_parquet(folder / "facts.parquet")
    stamp: dict[str, Any] = {
        "revision": revision,
        "rules": digest(program, data),
        "round": round,
        "now": facts.now,
        "numbers": [_hash(str(rule)) for rule in program.numbered],
    }
    about.write_text(json.dumps(stamp), "utf-8")


def save_rules_path(folder: Path, rules: Path | None) -> None:
    """Remember by which rules a store was reasoned over; None stands for the bundled ones."""
    folder.mkdir(exist_ok=True)
    (folder / _RULES).write_text(json.dumps(None if rules is None else str(rules.resolve())), "utf-8")


def rules_path(store: Path) -> Path | None:
    """Return where the rules are that a store was reasoned over by; None for the bundled ones, or where it was not."""
    try:
        found = json.loads((store / CLOSURE / _RULES).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Path(found) if isinstance(found, str) else None


def _frame(predicate: int, packed: Any, provenance: Provenance) -> pl.DataFrame:
    columns = {
        "s": subjects(packed), "o": objects(packed), "p": np.full(len(packed), predicate), "rule": provenance.rule,
        "round": provenance.round, "confidence": provenance.sure(),
    }  # fmt: skip
    return pl.DataFrame(columns).cast(_TYPES)  # type: ignore[arg-type]


def load_facts(
    folder: Path, program: Program, data: Iterable[Pattern], *, revision: int
) -> tuple[FactBase, int] | None:
    """Read a closure back.

    Returns:
        The facts, their rules numbered as in `program`, and the highest round; None where there is no closure, or it
        belongs to another revision or to other rules.
    """
    try:
        about = json.loads((folder / "about.json").read_text("utf-8"))
        if about["revision"] != revision or about["rules"] != digest(program, data):
            return None
        names = pl.read_parquet(folder / "terms.parquet")["nt"].to_list()
        rows = pl.read_parquet(folder / "facts.parquet")
        numbers = _renumbering(about["numbers"], program)
        if (numbers[rows["rule"].unique().to_numpy()] < 0).any():
            return None
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
        return None
    facts = FactBase(TermTable(names))
    facts.now = about["now"]
    for (predicate,), own in rows.group_by("p", maintain_order=True):
        packed = keys(own["s"].to_numpy(), own["o"].to_numpy())
        order = np.argsort(packed)
        confidence = own["confidence"].to_numpy()
        provenance = Provenance(
            numbers[own["rule"].to_numpy()][order],
            own["round"].to_numpy()[order],
            confidence[order] if (confidence < 1).any() else None,
        )
        facts.relation(int(str(predicate)), create=True).add(packed[order], provenance, ordered=True)
    return facts, int(about["round"])


def _renumbering(names: Iterable[str], program: Program) -> Any:
    here = {_hash(str(rule)): number for number, rule in enumerate(program.numbered, start=1)}
    return np.array([0, *(here.get(name, -1) for name in names)], dtype=np.int16)
