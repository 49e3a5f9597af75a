"""Finds ontology/, rules/ and data/boutique, in a checkout and in an installed wheel.

Example:
    >>> ontology_dir().name, rules_dir().name, boutique_dir().name
    ('ontology', 'rules', 'boutique')
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _find(name: str) -> Path:
    """Prefer the wheel's own copy; in a checkout there is none and the folder stands beside the package."""
    installed = _PACKAGE / "_resources" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def ontology_dir() -> Path:
    """Return the folder of the bundled ontology."""
    return _find("ontology")


def rules_dir() -> Path:
    """Return the folder of the bundled rules."""
    return _find("rules")


def boutique_dir() -> Path:
    """Return the folder of the bundled boutique: catalogue, truth, wardrobe, history."""
    return _find("data/boutique")


def mappings_dir() -> Path:
    """Return the folder of the bundled column mappings."""
    return _PACKAGE / "catalog" / "mappings"
