"""kg-fashion why-not: why a garment does not have a value, and what would give it."""

from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, say
from kg_fashion.cli.wanted import Attribute, Garment, Lang, Language, reasoned, triples_of


@guarded
def why_not(
    garment: Garment,
    attribute: Attribute,
    value: Annotated[str, typer.Argument(help="The value that it does not have.")],
    lang: Lang = Language.en,
    store: options.Store = None,
    rules: options.RulesPath = None,
    json: options.Json = False,
) -> None:
    """Name the rules that could give a garment a value, and the smallest sets of facts that are missing."""
    from kg_fashion.reasoning.why_not import why_not as find

    with reasoned(store, rules) as known:
        (triple,) = triples_of(known, garment, attribute, value)
        found = find(known.closure, triple)
        wording = known.wording(lang)
    if json:
        emit_json(found.to_dict())
    else:
        say(found.to_text(label=wording.label, rule_label=wording.rule_label, lang=lang))
