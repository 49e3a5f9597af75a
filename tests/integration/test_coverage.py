"""How much of real catalogues' words the ontology knows: the figures that docs/ontology.md states."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.shared_data
def test_words_of_real_catalogues_are_known(shared_data: Path) -> None:
    command = [sys.executable, ROOT / "benchmarks" / "coverage.py", shared_data]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines()[2:]]
    assert len(rows) == 11
    for name, _, _, share in rows:
        assert float(share.rstrip("%")) >= (85 if name == "advertisegen" else 98)
    assert printed in (ROOT / "docs" / "ontology.md").read_text("utf-8")
