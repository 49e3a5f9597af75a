"""The association part of mining by two peers, run by mining.py in the peers' own environment.

Usage: PEERS_PYTHON benchmarks/rules/mining_peer.py fim|mlxtend TRANSACTIONS.json
Prints {"seconds": s, "rules": n, "found": [[head, [items], support, body], ...]} as JSON.
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any


def by_fim(task: dict[str, Any]) -> list[list[Any]]:
    """Mine with PyFIM's apriori (C; Borgelt 2012, "Frequent item set mining"), heads as consequents only."""
    import fim

    appear = {None: "a", **dict.fromkeys(task["heads"], "c")}
    found = fim.apriori(
        task["transactions"], target="r", supp=-task["min_support"], conf=100 * task["min_confidence"], zmin=2,
        zmax=task["max_items"] + 1, report="ab", appear=appear,
        mode="o",  # the support of a rule is that of body and head together
    )  # fmt: skip
    return [[head, list(body), support, total] for head, body, support, total in found]


def by_mlxtend(task: dict[str, Any]) -> list[list[Any]]:
    """Mine with mlxtend's FP-growth (Raschka 2018), then its rules whose consequent is one head."""
    import pandas as pd
    from mlxtend.frequent_patterns import association_rules, fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    encoder = TransactionEncoder()
    table = encoder.fit(task["transactions"]).transform(task["transactions"], sparse=True)
    frame = pd.DataFrame.sparse.from_spmatrix(table, columns=encoder.columns_)
    n = len(frame)
    sets = fpgrowth(frame, min_support=task["min_support"] / n, use_colnames=True, max_len=task["max_items"] + 1)
    rules = association_rules(sets, metric="confidence", min_threshold=task["min_confidence"])
    heads = set(task["heads"])
    return [
        [next(iter(right)), sorted(left), round(support * n), round(body * n)]
        for left, right, support, body in zip(
            rules["antecedents"], rules["consequents"], rules["support"], rules["antecedent support"], strict=True
        )
        if len(right) == 1 and right <= heads and not left & heads
    ]


def main() -> None:
    """Mine and report."""
    task = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    start = perf_counter()
    found = {"fim": by_fim, "mlxtend": by_mlxtend}[sys.argv[1]](task)
    print(json.dumps({"seconds": perf_counter() - start, "rules": len(found), "found": found}))


if __name__ == "__main__":
    main()
