"""maplib: each rule as a CONSTRUCT that is inserted, until the model no longer grows.

maplib's own Datalog (`Model.infer`) is not in the public package: it answers "Contact Data Treehouse to try".
"""

import maplib
from construct import read_constructs, strata_of, to_fixpoint
from task import RULES, STRATA, Outcome, Task, timed


def run(task: Task) -> Outcome:
    """Derive with maplib."""
    model = maplib.Model()
    model.read(str(task.data), format="ntriples")
    strata = strata_of(read_constructs(RULES.read_text("utf-8")), STRATA)
    seconds = timed(lambda: to_fixpoint(strata, lambda rule: model.insert(rule.query), model.size))
    return Outcome(seconds, lambda: model.writes(format="ntriples").splitlines())
