"""kg-fashion rules convert: rules in other forms."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli.console import check_folder, guarded, progress, say, write_text


class Form(StrEnum):
    """What rules are written as."""

    srl = "srl"
    construct = "construct"
    shacl = "shacl"


@guarded
def convert(
    source: Annotated[Path, typer.Argument(help="A .srl, .rq or .ttl file of rules, or a folder of them.")],
    to: Annotated[
        Form, typer.Option("--to", help="SPARQL-RL, CONSTRUCT queries (one a file), or SHACL rules in Turtle.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file, or for CONSTRUCT a new folder; stdout by default.")
    ] = None,
) -> None:
    """Write rules as SPARQL-RL, as SPARQL CONSTRUCT or as SHACL rules."""
    from kg_fashion.errors import InputError
    from kg_fashion.reasoning import read_rules
    from kg_fashion.reasoning.interchange.folder import queries, write_queries
    from kg_fashion.reasoning.interchange.shacl import to_shacl
    from kg_fashion.reasoning.interchange.srl import to_srl

    check_folder(out)
    rules = read_rules(source)
    for warning in rules.warnings:
        progress(warning)
    if to is Form.construct and out is not None:
        progress(f"{len(write_queries(rules, out))} files in {out}")
        return
    if to is Form.construct and len(rules) != 1:
        raise InputError(f"{len(rules)} rules are as many queries; give a folder with -o", path=source)
    text = to_srl(rules) if to is Form.srl else to_shacl(rules) if to is Form.shacl else queries(rules)[0]
    if to is Form.construct and rules.data:
        progress("what is said about the rule is left out; give a folder with -o to keep it")
    if out is None:
        say(text.rstrip("\n"))
    else:
        write_text(out, text)
