"""pySHACL: a shape a stratum, its rules as sh:SPARQLRule about the focus node, iterated until nothing is new.

The targets are every garment, outfit and material, so that a rule looks at one focus node at a time, as SHACL means it.
"""

import re

from construct import Construct, read_constructs, strata_of
from pyshacl import shacl_rules
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from task import RULES, STRATA, Outcome, Task, timed
from vocabulary import EX

from peers.rdflib_loop import lines


def run(task: Task) -> Outcome:
    """Derive with pySHACL."""
    graph, shapes = Graph(), shapes_graph()
    graph.parse(task.data, format="nt")
    seconds = timed(lambda: shacl_rules(graph, shacl_graph=shapes, advanced=True, iterate_rules=True, inplace=True))
    return Outcome(seconds, lambda: lines(graph))


def shapes_graph() -> Graph:
    """Return garments.srl as SHACL rules."""
    shapes = Graph()
    for order, stratum in enumerate(strata_of(read_constructs(RULES.read_text("utf-8")), STRATA)):
        shape = URIRef(f"{EX}stratum{order}")
        shapes.add((shape, RDF.type, SH.NodeShape))
        shapes.add((shape, SH.order, Literal(order)))
        for name in ("partOf", "narrowerThan"):
            shapes.add((shape, SH.targetSubjectsOf, URIRef(EX + name)))
        shapes.add((shape, SH.targetObjectsOf, URIRef(EX + "partOf")))
        for place, rule in enumerate(stratum):
            node = BNode()
            shapes.add((shape, SH.rule, node))
            shapes.add((node, RDF.type, SH.SPARQLRule))
            shapes.add((node, SH.order, Literal(place)))
            shapes.add((node, SH.construct, Literal(_about_focus(rule))))
    return shapes


def _about_focus(rule: Construct) -> str:
    """Write a rule about ?this: the subject of its head."""
    subject = rule.head.split()[0].removeprefix("?")
    return re.sub(rf"[?]{subject}\b", "$this", rule.query)
