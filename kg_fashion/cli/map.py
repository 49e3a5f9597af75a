"""kg-fashion map: propose how to read a catalogue that was never seen."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, progress, say, table


@guarded
def map(
    catalogue_file: options.CatalogueFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the mapping to this TOML file.")] = None,
    id: Annotated[str, typer.Option("--id", help="The column of the identifier.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="attribute=column, where you know it; repeatable.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A mapping whose columns are kept.")] = None,
    ontology: options.OntologyPath = None,
    json: options.Json = False,
) -> None:
    """Propose a mapping of a catalogue's columns, as TOML to edit."""
    from kg_fashion.catalog import load_mapping, propose_mapping
    from kg_fashion.errors import MappingError
    from kg_fashion.ontology import read_ontology

    check_folder(out)
    given = dict(_pair(text) for text in column or ())
    base = load_mapping(mapping) if mapping else None
    proposal = propose_mapping(catalogue_file, ontology=read_ontology(ontology), base=base, id=id, columns=given)
    if json:
        emit_json({
            "id": proposal.mapping.id, "names": proposal.mapping.names, "grouped": proposal.mapping.grouped,
            "columns": {a: list(columns) for a, columns in proposal.mapping.columns.items()},
            "known": {c.column: c.share for c in proposal.columns if c.share is not None},
            "unknown": {c.column: c.unknown for c in proposal.columns if c.unknown},
        })  # fmt: skip
    elif out is None:
        say(proposal.to_toml().rstrip())
    if out is not None:
        try:
            out.write_text(proposal.to_toml(), "utf-8")
        except OSError as error:
            raise MappingError(f"cannot be written: {error.strerror}", path=out) from error
        if not json:
            rows = [
                (c.column, c.role or "not used", c.why, "" if c.share is None else f"{c.share:.1%}",
                 ", ".join(list(c.unknown or ())[:4]))
                for c in proposal.columns
            ]  # fmt: skip
            table(["column", "is", "by", "known", "not known"], rows)
            progress(f"written to {out}; check it, then: kg-fashion load {catalogue_file} --mapping {out} --store shop")


def _pair(text: str) -> tuple[str, str]:
    from kg_fashion.errors import MappingError

    attribute, equals, column = text.partition("=")
    if not equals:
        raise MappingError(f"--column {text!r}: write attribute=column, such as season=saison")
    return attribute.strip(), column.strip()
