"""Rule mining beside association-rule miners: time, number of rules, and how well the rules tell held-out garments.

Usage: python benchmarks/rules/mining.py [styles.csv] [--peers PYTHON] [--json PATH]
PYTHON is an interpreter that has pyfim and mlxtend (pip install pyfim mlxtend); without it only kg_fashion is run.

Season and occasion of 20% of the garments (seed 0) are hidden before anything is mined. Peers get, for each target, the
garments that have it, with the very items that our miner uses, so that their confidence is the PCA confidence; every
rule of ours must be among theirs with the same counts, or the benchmark fails. Their time is that of their own call, on
items that are already found; ours includes finding them. Quality: the rules' weights in a log-linear sum, fitted on
the other 80%; accuracy and log loss (nats) on the hidden ones.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.inference.fusion import fit_fusion
from kg_fashion.inference.labels import label_matrix, target_values
from kg_fashion.inference.metrics import correct, log_loss
from kg_fashion.reasoning.mining import MinedRule, MiningFacts, MiningSettings, facts_of_catalogue, mine
from kg_fashion.reasoning.mining.items import Items, find_items
from kg_fashion.reasoning.syntax import Constant, Term, Variable

TARGETS = ("season", "occasion")
SETTINGS = {"default": MiningSettings(), "wider net": MiningSettings(min_support=10, min_confidence=0.4)}
Key = tuple[str, frozenset[int]]


@dataclass(frozen=True)
class Found:
    """Rules as (head value, items) -> (support, known body), and the seconds that they took."""

    rules: dict[Key, tuple[int, int]]
    seconds: float


def split(catalogue: Catalogue) -> tuple[Catalogue, NDArray[np.bool_]]:
    """Hide the targets of a fifth of the garments; return the catalogue and which garments these are."""
    hidden = np.zeros(len(catalogue), dtype=np.bool_)
    hidden[np.random.default_rng(0).permutation(len(catalogue))[: round(len(catalogue) * 0.2)]] = True
    bare = catalogue.without(TARGETS)
    garments = tuple(bare[n] if hidden[n] else catalogue[n] for n in range(len(catalogue)))
    return replace(catalogue, garments=garments), hidden


def iri_of(term: Term) -> str:
    """Return a constant's IRI."""
    return str(term.nt[1:-1]) if isinstance(term, Constant) else ""


def items_of(rule: MinedRule, number: dict[tuple[tuple[str, ...], str], int]) -> frozenset[int]:
    """Return the items of a rule with constants."""
    found, path = [], []
    for atom in rule.body:
        step = iri_of(atom.predicate)
        path = [step] if atom.subject == Variable("g") else [*path, step]
        if isinstance(atom.object, Constant):
            found.append(number[tuple(path), iri_of(atom.object)])
    return frozenset(found)


def ours(facts: MiningFacts, items: Items, settings: MiningSettings) -> dict[str, Found]:
    """Mine each target by itself, with both hidden from bodies as in use."""
    number = {(item.path, item.value): n for n, item in enumerate(items.items)}
    start = perf_counter()
    result = mine(facts, settings)
    seconds = perf_counter() - start
    found: dict[str, dict[Key, tuple[int, int]]] = {target: {} for target in TARGETS}
    for rule in result.rules:
        if isinstance(rule.head.object, Constant):
            key = (iri_of(rule.head.object), items_of(rule, number))
            found[terms.local_name(iri_of(rule.head.predicate))][key] = (rule.support, rule.predicted_known)
    return {target: Found(rules, seconds) for target, rules in found.items()}


def peer(name: str, python: str, facts: MiningFacts, items: Items, settings: MiningSettings) -> dict[str, Found]:
    """Mine each target with a peer."""
    answers: dict[str, Found] = {}
    for target in TARGETS:
        subjects, objects = facts.edges[terms.ATTRIBUTES[target]]
        heads = {int(o): f"head {facts.nodes[o]}" for o in np.unique(objects)}
        known = np.unique(subjects)
        own: dict[int, list[str]] = {}
        for s, o in zip(subjects.tolist(), objects.tolist(), strict=True):
            own.setdefault(s, []).append(heads[o])
        rows = items.holds[known]
        transactions = [
            [*map(str, rows.indices[rows.indptr[n] : rows.indptr[n + 1]].tolist()), *own[s]]
            for n, s in enumerate(known.tolist())
        ]
        task = {"transactions": transactions, "heads": list(heads.values()), "max_items": settings.max_atoms,
                "min_support": settings.min_support, "min_confidence": settings.min_confidence}  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "task.json"
            path.write_text(json.dumps(task), "utf-8")
            script = Path(__file__).with_name("mining_peer.py")
            command = [python, str(script), name, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800)  # noqa: S603 - the interpreter that the user names
        answer = json.loads(done.stdout)
        rules = {
            (head.removeprefix("head "), frozenset(map(int, body))): (support, total)
            for head, body, support, total in answer["found"]
        }
        answers[target] = Found(rules, answer["seconds"])
    return answers


def check(own: Found, other: Found) -> None:
    """Fail unless each of our rules is among the peer's with the same counts."""
    for key, counts in own.rules.items():
        if other.rules.get(key) != counts:
            raise SystemExit(f"the peer counts {other.rules.get(key)} for {key}, we {counts}")


def quality(
    found: Found, catalogue: Catalogue, hidden: NDArray[np.bool_], facts: MiningFacts, items: Items, target: str
) -> tuple[float, float]:
    """Return accuracy and log loss of the log-linear sum on the hidden garments."""
    values = target_values(catalogue, target)
    truth = label_matrix(catalogue, target, values)
    rows = np.array([facts.number[garment.iri] for garment in catalogue])
    holds = items.holds[rows].tocsc()
    keys = [key for key in found.rules if key[0] in values]
    fires = np.zeros((len(rows), len(keys)), dtype=np.float32)
    for column, (_, body) in enumerate(keys):
        matched = np.bincount(np.concatenate([holds[:, i].indices for i in body]), minlength=len(rows))
        fires[:, column] = matched == len(body)
    columns = np.array([values.index(value) for value, _ in keys], dtype=np.int64)
    confidence = np.array([support / max(1, total) for support, total in map(found.rules.__getitem__, keys)])
    nothing = np.zeros_like(truth)
    fusion = fit_fusion(nothing[~hidden], fires[~hidden], columns, truth[~hidden], confidence)
    asked = hidden & (truth.sum(axis=1) > 0)
    said = fusion.probabilities(nothing[asked], fires[asked])
    return float(correct(said, truth[asked]).mean()), log_loss(said, truth[asked])


def measure(path: Path, python: str | None) -> Sequence[dict[str, object]]:
    """Run all; return the table's rows."""
    catalogue = read_catalogue(path, mapping="myntra")
    open_part, hidden = split(catalogue)
    facts = facts_of_catalogue(open_part)
    rows: list[dict[str, object]] = []
    for name, settings in SETTINGS.items():
        without = frozenset([*map(terms.ATTRIBUTES.__getitem__, TARGETS), *terms.EVIDENCE.values()])
        items = find_items(facts, without=without, min_support=settings.min_support, max_atoms=settings.max_atoms)
        found = {"kg_fashion": ours(facts, items, settings)}
        for other in ("fim", "mlxtend") if python and name == "default" else ():
            found[other] = peer(other, python, facts, items, settings)
            for target in TARGETS:
                check(found["kg_fashion"][target], found[other][target])
        for method, by_target in found.items():
            once = method == "kg_fashion"
            seconds = by_target["season"].seconds + (0.0 if once else by_target["occasion"].seconds)
            for target, own in by_target.items():
                accuracy, loss = quality(own, catalogue, hidden, facts, items, target)
                rows.append(
                    {"settings": name, "method": method, "target": target, "seconds (both)": round(seconds, 2),
                     "rules": len(own.rules), "accuracy": round(accuracy, 4), "log loss": round(loss, 4)}
                )  # fmt: skip
                print("| " + " | ".join(map(str, rows[-1].values())) + " |", flush=True)
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("KG_FASHION_DATA", "../shared/data")) / "myntra" / "styles.csv"
    parser.add_argument("catalogue", nargs="?", type=Path, default=default)
    parser.add_argument("--peers", help="an interpreter with pyfim and mlxtend")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(
        "| settings | method | target | seconds (both) | rules | accuracy | log loss |\n|---|---|---|---|---|---|---|"
    )
    rows = measure(options.catalogue, options.peers)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
