"""kg-fashion train value: teach a kept model a new value by a few examples, without training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, guarded, names, pair, progress, say

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue, Garment
    from kg_fashion.ontology import Ontology


@guarded
def value(
    catalogue_file: options.CatalogueFile,
    value: Annotated[str, typer.Argument(help="The attribute and the new value, such as occasion=gala.")],
    model: Annotated[Path, typer.Option(help="The folder of the model, made by train embeddings.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the model that knows the value, too.")],
    examples: Annotated[
        str | None,
        typer.Option(help="Garments that have it, joined by commas; by default those of the catalogue that say so."),
    ] = None,
    share: Annotated[float | None, typer.Option(help="How common it is, such as 0.001; state it where rare.")] = None,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    rules: options.RulesPath = None,
) -> None:
    """Teach a model a new value by one to ten examples, without training."""
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.inference import AttributeInferrer
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    settings = read_settings(ontology=ontology, rules=rules)
    check_folder(out)
    known = read_ontology(settings.ontology)
    target, iri = _named(value, known)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    own = _examples(catalogue, target, iri, examples)
    inferrer = AttributeInferrer.load(model, rules=chosen, ontology=known)
    inferrer.with_value(target, iri, own, known=catalogue, share=share).save(out)
    say(f"{target} {catalogue.label(iri)} learned from {len(own)} examples; the model is in {out}")


def _named(given: str, ontology: "Ontology") -> tuple[str, str]:
    """Return the attribute and the value's IRI."""
    from kg_fashion.catalog import Lexicon, attribute_of
    from kg_fashion.errors import UnknownNameError

    attribute, word = pair(given, f"{given}: give the attribute and the new value, such as occasion=gala")
    target = attribute_of(attribute)
    try:
        return target, Lexicon(ontology).value(target, word)
    except UnknownNameError as error:
        raise UnknownNameError(f"{error}; a value needs a name in the ontology before a model is trained") from error


def _examples(catalogue: "Catalogue", target: str, iri: str, wanted: str | None) -> "list[Garment]":
    if wanted is not None:
        return [catalogue.get(garment_id) for garment_id in dict.fromkeys(names(wanted))]
    return [garment for garment in catalogue if iri in garment.values.get(target, ())]
