"""``python -m kg_fashion`` is ``kg-fashion``."""

from kg_fashion.cli import main

main()
