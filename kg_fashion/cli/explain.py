"""kg-fashion explain: why a garment has a value."""

from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, say


@guarded
def explain(
    garment: Annotated[str, typer.Argument(help="The garment's identifier.")],
    attribute: Annotated[str, typer.Argument(help="An attribute, such as season.")],
    value: Annotated[str | None, typer.Argument(help="A value; all derived ones by default.")] = None,
    store: options.Store = None,
    rules: options.RulesPath = None,
    json: options.Json = False,
) -> None:
    """Explain by a derivation tree why a garment has a value."""
    from kg_fashion import terms
    from kg_fashion.catalog import Lexicon, attribute_of
    from kg_fashion.errors import InputError, UnknownNameError, did_you_mean
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.ontology import Ontology
    from kg_fashion.reasoning import load_rules, reason
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, rules=rules)
    if settings.store is None:
        raise InputError("give the store's folder with --store")
    predicate = terms.ATTRIBUTES[attribute_of(attribute)]
    iri = terms.garment(garment)
    with KnowledgeGraph(settings.store, read_only=True) as graph:
        if not graph.query(f"ASK {{ <{iri}> ?p ?o }}").boolean:
            known = [row[0] for row in graph.query("SELECT ?id { ?g dcterms:identifier ?id }").to_rows()]
            raise UnknownNameError(f"no garment {garment!r} in the store{did_you_mean(garment, known)}")
        ontology = Ontology(graph.triples(terms.ONTOLOGY_GRAPH))
        closure = reason(graph, load_rules(settings.rules, ontology=ontology))
        if value is not None:
            wanted = [Lexicon(ontology).find(attribute, value)]
        else:
            wanted = [other for other in ontology.values(attribute) if closure.holds(iri, predicate, other)]
        if not wanted:
            raise UnknownNameError(f"{garment} has no {attribute}, supplied or derived")
        trees = [closure.explain(iri, predicate, other) for other in wanted]
        words = {iri: garment}
        for tree in trees:
            if json:
                emit_json(tree.to_dict())
            else:
                say(tree.to_text(label=lambda i: words.get(i) or ontology.label(i), rule_label=closure.rule_label))
