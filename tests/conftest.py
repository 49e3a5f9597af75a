"""Fixtures that every test may use."""

import os
import shutil
from pathlib import Path

import pytest

from kg_fashion import AttributeInferrer, Catalogue, read_catalogue
from kg_fashion.resources import boutique_dir


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs Java where there is none."""
    if shutil.which("java") is None:
        for item in items:
            if item.get_closest_marker("java"):
                item.add_marker(pytest.mark.skip(reason="no Java runtime found"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets; the test is skipped where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("KG_FASHION_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not at {folder}; set KG_FASHION_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def boutique() -> Catalogue:
    """The bundled catalogue."""
    return read_catalogue(boutique_dir() / "catalogue.csv")


@pytest.fixture(scope="session")
def inferrer(boutique: Catalogue) -> AttributeInferrer:
    """Trained on the boutique, seed 0."""
    return AttributeInferrer.train(boutique, seed=0)
