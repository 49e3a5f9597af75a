"""The style space of a real catalogue: its many attributes find room, and each block tells its own."""

from pathlib import Path

import pytest

from kg_fashion import read_catalogue
from kg_fashion.inference.style_run import ATTRIBUTES, run_style


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_block_tells_its_own_attribute(shared_data: Path) -> None:
    catalogue = read_catalogue(shared_data / "myntra" / "styles.csv", mapping="myntra")
    rows = [row for row, garment in enumerate(catalogue) if garment.values.get("material")]  # all eight attributes
    report = run_style(catalogue.subset([*rows, *range(0, len(catalogue), 40)]), min_count=8, seed=1)
    seen = report.visible
    assert seen.attributes == ATTRIBUTES
    for column, attribute in enumerate(seen.attributes):
        own = seen.accuracy[seen.blocks.index(attribute)][column]
        assert own > seen.majority[column] + 0.1 or own > 0.9
