"""OWL axioms compiled to rules: the OWL 2 RL rules with the ontology already filled in.

OWL 2 Profiles, section 4.3, https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules.
Each rule is named after the W3C rule that it instantiates (cax-sco, prp-dom, ...). The class hierarchy is closed here,
so that a garment gets all its classes in one round. An inconsistency is a rule with the head `?x kgf:violates <rule>`.

What the ontology says counts where it is asserted, or follows by the schema rules of table 9; an axiom that only rules
about individuals would derive is not compiled.
"""

from collections.abc import Iterable

import pyoxigraph as ox

from kg_fashion.reasoning.owl_rl.class_axioms import class_drafts
from kg_fashion.reasoning.owl_rl.classes import Expressions
from kg_fashion.reasoning.owl_rl.draft import Draft, finish
from kg_fashion.reasoning.owl_rl.equality import equality_drafts, from_supplied, same_terms
from kg_fashion.reasoning.owl_rl.hierarchy import Hierarchy
from kg_fashion.reasoning.owl_rl.labels import axiom_label
from kg_fashion.reasoning.owl_rl.properties import property_drafts
from kg_fashion.reasoning.owl_rl.schema import Schema
from kg_fashion.reasoning.owl_rl.schema_rules import schema_drafts
from kg_fashion.reasoning.syntax import Rule

__all__ = ["axiom_label", "compile_axioms"]


def compile_axioms(
    triples: Iterable[ox.Triple],
    predicates: Iterable[str] = (),
    *,
    classes: Iterable[str] = (),
    supplied: bool = False,
    reflexive: bool = False,
) -> list[Rule]:
    """Compile an ontology's axioms.

    By default the rules leave out what is true of everything and would only fill the store: that a thing is the same
    as itself (eq-ref), that a class lies below itself and owl:Thing (scm-cls) and a property below itself (scm-op,
    scm-dp), that everything is an owl:Thing, the axiomatic triples (cls-thing, cls-nothing1, prp-ap, dt-type1), and
    what table 9 concludes about expressions without a name. Nothing else that concerns individuals is lost by that.

    Args:
        triples: The ontology, and whatever else may hold axioms.
        predicates: Every predicate of the data and of the heads of other rules, in N-Triples syntax: what owl:sameAs
            is to carry over to the other name of a thing. Without them equal things are found, and nothing is carried
            over.
        classes: Every class that the data puts something into, likewise; the ontology's own are known.
        supplied: Whether only supplied facts make two things the same (prp-fp, prp-ifp, prp-key, cls-maxc2, maxqc3,
            maxqc4): less than the tables say, for rules whose NOT would depend on its own result by way of owl:sameAs.
        reflexive: Whether to take in what is left out by default: the W3C's rule set as it stands.

    Returns:
        The rules, sorted by name.

    Example:
        >>> from kg_fashion.ontology import read_ontology
        >>> rules = compile_axioms(read_ontology().triples)
        >>> str(next(rule for rule in rules if rule.iri.endswith("prp-trp/narrowerThan")).head[0])
        '?x kgf:narrowerThan ?z'
    """
    schema = Schema(triples)
    hierarchy = Hierarchy(schema)
    expressions = Expressions(schema, hierarchy)
    told: Iterable[Draft] = [
        *class_drafts(schema, hierarchy, expressions, reflexive=reflexive),
        *property_drafts(schema, expressions),
        *same_terms(schema),
        *schema_drafts(schema, hierarchy, reflexive=reflexive),
    ]
    drafts = list(from_supplied(told, hierarchy) if supplied else told)
    equality = equality_drafts(schema, drafts, predicates, classes, reflexive=reflexive)
    return finish([*drafts, *equality], reflexive=reflexive)
