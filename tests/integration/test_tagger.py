"""How well the tagger reads real names: the figures that docs/catalogue.md states."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.shared_data
def test_names_and_adverts_are_read(shared_data: Path) -> None:
    command = [sys.executable, ROOT / "benchmarks" / "tagger.py", shared_data]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    found = {}
    for line in printed.splitlines()[2:]:
        name, attribute, _, precision, recall = (cell.strip() for cell in line.strip("|").split("|"))
        found[name, attribute] = (float(precision), float(recall))
    assert min(found["myntra", "type"]) > 0.88
    assert min(found["myntra", "colour"]) > 0.86
    assert min(found["myntra", "department"]) > 0.90
    assert sum(precision > 0.85 for (name, _), (precision, _) in found.items() if name == "advertisegen") >= 12
    assert printed in (ROOT / "docs" / "catalogue.md").read_text("utf-8")
