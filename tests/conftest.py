"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets; the test is skipped where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("KG_FASHION_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}; set KG_FASHION_DATA to their folder")
    return folder
