"""Mining a real catalogue: within its time and memory, and what is written fires where it was counted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg_fashion import read_catalogue, terms
from kg_fashion.inference.evidence import close
from kg_fashion.reasoning import load_rules
from kg_fashion.reasoning.mining import MiningSettings, facts_of_catalogue, mine, rule_names, rules_text

_RUN = """
import resource, sys, typer
from kg_fashion.cli.mine import mine
app = typer.Typer()
app.command()(mine)
app(sys.argv[1:], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.shared_data
@pytest.mark.slow
def test_myntra_is_mined_within_a_minute_and_four_gigabytes(shared_data: Path, tmp_path: Path) -> None:
    source, out = shared_data / "myntra" / "styles.csv", tmp_path / "mined.srl"
    command = [sys.executable, "-c", _RUN, str(source), "--mapping", "myntra", "--json", "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert len(found["rules"]) > 300
    assert found["cut"] == []
    assert all(rule["support"] >= 50 and rule["confidence"] >= 0.7 for rule in found["rules"])
    assert int(done.stderr.split()[-1]) < 4_000_000  # KiB
    rules = load_rules(out)
    assert [rule.iri for rule in rules] == [rule["rule"] for rule in found["rules"]]
    assert {rules.status(rule.iri) for rule in rules} == {"proposed"}


@pytest.mark.shared_data
@pytest.mark.slow
def test_mined_rules_fire_where_they_were_counted(shared_data: Path, tmp_path: Path) -> None:
    catalogue = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra").subset(range(0, 35_000, 7))
    facts = facts_of_catalogue(catalogue)
    rules = mine(facts, MiningSettings(min_support=30)).rules
    path = tmp_path / "mined.srl"
    path.write_text(rules_text(rules, facts).replace('"proposed"', '"accepted"'), "utf-8")
    closure = close(catalogue, load_rules(path))
    fired = {
        rule: number
        for evidence in terms.EVIDENCE.values()
        for rule, number in closure.firings(evidence)["rule"].value_counts().iter_rows()
    }
    assert fired == {name: rule.predicted for name, rule in zip(rule_names(rules, facts), rules, strict=True)}
