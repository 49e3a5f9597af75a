"""What rules that were mined from the training garments add to the fusion, beside the bundled ones.

Usage: python benchmarks/attributes/mined_rules.py styles.csv [--garments 8000] [--seed 1]

The test garments of the seed's random split are put aside; everything is measured on a fifth of its training garments.
Mined are rules for season and occasion, at the default support and confidence and with a wider net, taken as accepted.
A rule that is mined from the garments whose labels its weight is then fitted on flatters itself; so a third way mines
from one half of the training garments, with the wider net.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from seeds import say

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue
from kg_fashion.inference.evaluation.splits import split_catalogue
from kg_fashion.inference.inferrer import TARGETS
from kg_fashion.inference.labels import label_matrix
from kg_fashion.inference.metrics import correct, log_loss, macro_f1
from kg_fashion.reasoning import RuleSet, load_rules
from kg_fashion.reasoning.mining import MiningSettings, facts_of_catalogue, mine, rules_text


def mined(catalogue: Catalogue, settings: MiningSettings) -> RuleSet:
    """Mine rules and accept them all, as a stylist would who changes their status in the file."""
    facts = facts_of_catalogue(catalogue)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mined.srl"
        text = rules_text(mine(facts, settings).rules, facts)
        path.write_text(text.replace('kgf:status "proposed"', 'kgf:status "accepted"'), "utf-8")
        return load_rules(path, ontology=catalogue.ontology)


def together(first: RuleSet, second: RuleSet) -> RuleSet:
    """Put two sets of rules into one."""
    return replace(first, rules=(*first.rules, *second.rules), data=(*first.data, *second.data))


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--garments", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    whole = read_catalogue(given.catalogue)
    chosen = np.random.default_rng(given.seed).permutation(len(whole))[: given.garments]
    outer = split_catalogue(whole.subset(sorted(chosen.tolist())), "random", seed=given.seed)
    split = split_catalogue(outer.train, "random", seed=given.seed)
    half = split.train.subset(range(0, len(split.train), 2))
    wide = MiningSettings(min_support=10, min_confidence=0.4)
    bundled = load_rules(ontology=whole.ontology)
    sets = {
        "bundled rules": bundled,
        "with mined ones": together(bundled, mined(split.train, MiningSettings())),
        "with a wider net": together(bundled, mined(split.train, wide)),
        "with a wider net, from one half": together(bundled, mined(half, wide)),
    }
    print("| rules | number | target | accuracy | macro-F1 | log loss | trains in s |\n" + "|---" * 7 + "|")
    for name, rules in sets.items():
        start = time.perf_counter()
        inferrer = AttributeInferrer.train(split.train, rules=rules, seed=given.seed, progress=say)
        seconds = time.perf_counter() - start
        for target in TARGETS:
            truth = label_matrix(split.test, target, inferrer.values(target))
            known = truth.sum(axis=1) > 0
            said, truth = inferrer.predict_proba(split.test, target)[known], truth[known]
            figures = [float(correct(said, truth).mean()), macro_f1(said, truth), log_loss(said, truth)]
            print(f"| {name} | {len(rules):,} | {target} |", " | ".join(f"{f:.4f}" for f in figures), end="")
            print(f" | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
