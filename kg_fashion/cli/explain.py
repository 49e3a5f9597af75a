"""kg-fashion explain: why a garment has a value, or why any triple holds."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, guarded, say, write_text
from kg_fashion.cli.wanted import Attribute, Garment, Lang, Language, reasoned, triples_of

if TYPE_CHECKING:
    from kg_fashion.reasoning import Derivation
    from kg_fashion.reasoning.render import Wording


class Format(StrEnum):
    """How derivations are written."""

    text = "text"
    json = "json"
    dot = "dot"
    svg = "svg"
    prov = "prov"


@guarded
def explain(
    garment: Garment,
    attribute: Attribute,
    value: Annotated[str | None, typer.Argument(help="A value; all known ones by default.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every last step, not only the shortest proof.")] = False,
    format: Annotated[
        Format, typer.Option(help="How to write it; dot is Graphviz, prov is PROV-O in Turtle.")
    ] = Format.text,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file, not to stdout.")] = None,
    lang: Lang = Language.en,
    store: options.Store = None,
    rules: options.RulesPath = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Explain by the shortest derivation tree why a garment has a value."""
    from kg_fashion.reasoning.proofs import alternatives, shortest_proof

    check_folder(out)
    with reasoned(store, rules) as known:
        trees: list[Derivation] = []
        for triple in triples_of(known, garment, attribute, value):
            trees += alternatives(known.closure, triple) if every else [shortest_proof(known.closure, triple)]
        single = value is not None and not every
        text = _written(trees, Format.json if json else format, known.wording(lang), single=single)
    if out is None:
        say(text)
    else:
        write_text(out, text + "\n")


def _written(trees: "Sequence[Derivation]", format: Format, wording: "Wording", *, single: bool) -> str:
    from json import dumps

    from kg_fashion.reasoning import render

    if format is Format.json:
        records = [render.tree_to_dict(tree, wording) for tree in trees]
        return dumps(records[0] if single else records, ensure_ascii=False, indent=2)
    if format is Format.text:
        return "\n".join(render.tree_to_text(tree, wording) for tree in trees)
    writers = {Format.dot: render.trees_to_dot, Format.svg: render.trees_to_svg, Format.prov: render.trees_to_prov}
    return writers[format](trees, wording).rstrip("\n")
