"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

FORMATS = "CSV, TSV, JSONL, Parquet, a Merchant or Shopify feed, schema.org JSON-LD; - for stdin"

CatalogueFile = Annotated[Path, typer.Argument(help=f"A catalogue: {FORMATS}.")]
Report = Annotated[
    Path | None, typer.Option(help="Write rows that could not be read and unknown words to this CSV or JSONL file.")
]
Mapping = Annotated[
    str | None, typer.Option(help="The name of a bundled mapping, or a TOML file; guessed from the header by default.")
]
OntologyPath = Annotated[
    Path | None, typer.Option("--ontology", help="A Turtle file or folder; the bundled one by default.")
]
RulesPath = Annotated[Path | None, typer.Option("--rules", help="A .srl file or folder; the bundled ones by default.")]
Store = Annotated[Path | None, typer.Option(help="The store's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Seed = Annotated[int | None, typer.Option(help="Seed of every random choice.")]
