"""reasonable: OWL 2 RL in Rust.

`reason()` derives and then makes a Python object of every term of every triple, asserted or derived. How long the
making alone takes is measured in a second reasoner that is given the same triples as its base and hands them out; the
core's time is the rest.
"""

import tempfile
from pathlib import Path

import reasonable
from task import Outcome, Task, timed


def run(task: Task) -> Outcome:
    """Derive with reasonable."""
    if task.schema is None:
        raise ValueError("reasonable has OWL 2 RL alone, no rules")
    reasoner = reasonable.PyReasoner()
    with tempfile.TemporaryDirectory() as folder:
        turtle = Path(folder) / "data.ttl"  # it goes by the suffix and knows none for N-Triples
        turtle.symlink_to(task.data.resolve())
        reasoner.load_file(str(task.schema))
        reasoner.load_file(str(turtle))
    found: list[tuple] = []
    seconds = timed(lambda: found.extend(reasoner.reason()))
    holder = reasonable.PyReasoner()
    holder.from_graph(found)
    making_s = timed(holder.get_base_triples)
    lines = (f"{s.n3()} {p.n3()} {o.n3()} ." for s, p, o in found)
    return Outcome(seconds, lambda: lines, core_s=max(seconds - making_s, 0.0))
