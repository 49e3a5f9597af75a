"""The smallest sets of missing facts, by hand and against every set on small random programs."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_fashion import terms
from kg_fashion.errors import InputError
from kg_fashion.graph import KnowledgeGraph
from kg_fashion.reasoning import Closure, RuleSet, reason
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.syntax import Constant, Pattern, Variable, iri
from kg_fashion.reasoning.why_not import Way, why_not

PROLOGUE = "PREFIX : <urn:ex:>\n"


def toy(asserted: str, rules: str, schema: str = "") -> Closure:
    graph = KnowledgeGraph()
    for name, text in ((terms.ONTOLOGY_GRAPH, schema), (terms.CATALOGUE_GRAPH, asserted)):
        graph.update(f"PREFIX : <urn:ex:> INSERT DATA {{ GRAPH <{name}> {{ {text} }} }}")
    document = parse(PROLOGUE + rules)
    return reason(graph, RuleSet(document.rules, document.data))


def fact(text: str) -> Pattern:
    subject, predicate, obj = (iri(f"urn:ex:{word}") for word in text.split())
    return Pattern(subject, iri(terms.RDF.type) if predicate == iri("urn:ex:a") else predicate, obj)


def short(pattern: Pattern) -> str:
    """Write a triple as three words."""
    words = []
    for term in pattern:
        if isinstance(term, Variable):
            words.append(str(term))
        else:
            words.append("a" if term.nt == f"<{terms.RDF.type}>" else re.sub(r"^<urn:ex:|>$", "", term.nt))
    return " ".join(words)


def missing(way: Way) -> set[str]:
    return {short(fact) for fact in way.missing}


LINEN = """
RULE :linen { ?g :season :summer } WHERE { ?g a :Coat . ?g :material :linen . NOT { ?g :lining ?l } }
RULE :light { ?g :season :summer } WHERE { ?g :weight ?w . ?w :below :medium }
"""


def test_what_is_missing_and_what_blocks() -> None:
    closure = toy(":c a :Coat ; :lining :silk . :d a :Coat . :light :below :medium .", LINEN)
    open_way, *_ = why_not(closure, fact("d season summer")).ways
    assert (open_way.rule, missing(open_way), open_way.blocked) == ("urn:ex:linen", {"d material linen"}, ())
    found = why_not(closure, fact("c season summer"))
    assert found.rules == ("urn:ex:linen", "urn:ex:light")
    assert [missing(way) for way in found.ways] == [{"c weight light"}, {"c material linen"}]
    ((condition, facts),) = found.ways[1].blocked
    assert condition.kind == "absent"
    assert [(short(fact), supplied) for fact, supplied in facts] == [("c lining silk", True)]
    text = found.to_text(
        label=lambda iri: iri.removeprefix("urn:ex:"), rule_label=lambda iri: iri.removeprefix("urn:ex:")
    )
    assert text.splitlines() == [
        "not known: c season summer",
        "  light would give it",
        "    missing: c weight light",
        "  linen would give it",
        "    missing: c material linen",
        "    blocked by: c lining silk [supplied]",
    ]
    record = found.to_dict()
    assert record["ways"][1]["blocked"][0]["facts"][0]["supplied"] is True
    assert "受阻于：" in found.to_text(lang="zh")


def test_one_base_fact_may_stand_for_two() -> None:
    rules = """
    RULE :goal { ?x :ready :yes } WHERE { ?x :warm :yes . ?x :dry :yes }
    RULE :coat { ?x :warm :yes . ?x :dry :yes } WHERE { ?x a :Parka }
    """
    first, *others = why_not(toy(":c a :Coat .", rules), fact("c ready yes")).ways
    assert (first.rule, first.via, missing(first)) == ("urn:ex:goal", ("urn:ex:coat",), {"c a Parka"})
    assert all(len(way.missing) > 1 for way in others)


def test_a_failing_test_is_named_and_an_open_one_is_asked_for() -> None:
    rules = "RULE :w { ?g :season :winter } WHERE { ?g :warmth ?clo . FILTER ( ?clo >= 5 ) }"
    closure = toy(":c :warmth 3 .", rules)
    ask, tested = why_not(closure, fact("c season winter")).ways
    assert (missing(ask), ask.pending[0].kind) == ({"c warmth ?clo"}, "test")
    assert not tested.missing and tested.blocked[0][0].kind == "test"
    text = why_not(closure, fact("c season winter")).to_text()
    assert "needs: clo >= 5" in text
    assert "blocked by: it does not hold that 3 >= 5" in text


def test_values_that_a_rule_lists_or_sets() -> None:
    rules = """
    RULE :listed { ?g :season :winter } WHERE { ?g a ?t . FILTER ( ?t IN ( :Parka , :Overcoat ) ) }
    RULE :five { ?g :warmth ?w } WHERE { ?g a :Coat . SET ( ?w := 5 ) }
    RULE :plus { ?g :more ?n } WHERE { ?g :less ?m . SET ( ?n := ?m + 1 ) }
    """
    closure = toy(":c a :Shirt ; :less 3 .", rules)
    (way,) = why_not(closure, fact("c season winter")).ways
    assert missing(way) == {"c a Parka"} and way.others == 1
    number = Constant(f'"5"^^<{terms.XSD.integer}>')
    (way,) = why_not(closure, Pattern(iri("urn:ex:c"), iri("urn:ex:warmth"), number)).ways
    assert missing(way) == {"c a Coat"}
    assert why_not(closure, Pattern(iri("urn:ex:c"), iri("urn:ex:warmth"), Constant('"6"'))).ways == ()
    ways = why_not(closure, Pattern(iri("urn:ex:c"), iri("urn:ex:more"), number)).ways
    assert [(missing(way), [c.kind for c, _ in way.blocked]) for way in ways] == [
        ({"c less ?m"}, []),
        (set(), ["value"]),
    ]


def test_facts_of_the_garment_before_those_of_the_schema() -> None:
    rules = "RULE :up { ?x a ?d } WHERE { ?x a ?c . ?c rdfs:subClassOf ?d }"
    rules = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n" + rules
    ways = why_not(toy(":c a :Coat . :Parka rdfs:subClassOf :Warm .", rules), fact("c a Warm")).ways
    assert missing(ways[0]) == {"c a Parka"}
    assert {short(fact).split()[0] for fact in ways[1].missing} == {"Coat"}


def test_a_fact_that_would_set_off_a_not_is_not_proposed() -> None:
    rules = """
    RULE :odd { ?x :goal :yes } WHERE { ?x :p ?y . NOT { ?x :p :b } }
    RULE :mad { ?x :never :yes } WHERE { ?x :q :b . NOT DATA { ?x :q :b } }
    RULE :far { ?x :far :yes } WHERE { ?x :r :b . NOT { ?x :s :b } }
    RULE :not { ?x :base :yes } WHERE { ?x :r :b . NOT DATA { ?x :s :b } }
    RULE :rs  { ?x :s ?y } WHERE { ?x :r ?y }
    """
    closure = toy(":z :p :b .", rules)
    (way,) = why_not(closure, fact("c goal yes")).ways
    assert missing(way) == {"c p ?y"}
    assert why_not(closure, fact("c never yes")).ways == ()
    assert why_not(closure, fact("c far yes")).ways == ()
    (way,) = why_not(closure, fact("c base yes")).ways
    assert missing(way) == {"c r b"}


def test_a_fact_that_would_undo_what_is_counted_on_is_not_proposed() -> None:
    rules = """
    RULE :guess { ?g :season :winter } WHERE { ?g a :Coat . NOT DATA { ?g :season ?s } }
    RULE :both  { ?g :goal :yes } WHERE { ?g :season :winter . ?g :season :summer }
    """
    ways = why_not(toy(":c a :Coat .", rules), fact("c goal yes")).ways
    assert ways == ()  # to supply summer alone would take winter away, and both together are not found from here
    ways = why_not(toy(":c a :Coat ; :season :winter .", rules), fact("c goal yes")).ways
    assert [missing(way) for way in ways] == [{"c season summer"}]


def test_no_rule_and_no_question() -> None:
    closure = toy(":c a :Coat .", LINEN)
    found = why_not(closure, fact("c brand acme"))
    assert (found.rules, found.ways, found.complete) == ((), (), True)
    assert "no rule can give it" in found.to_text()
    with pytest.raises(InputError, match="it holds"):
        why_not(closure, fact("c a Coat"))


NODES = ("a", "b", "c")
RULES = {
    "t": ("?x :p ?z", "?x :p ?y . ?y :p ?z"),
    "s": ("?y :p ?x", "?x :p ?y"),
    "u": ("?x :q ?y", "?x :p ?y . ?y :p ?x"),
    "v": ("?x :r ?z", "?x :q ?y . ?y :r ?z"),
    "w": ("?x :r ?x", "?x :p :a . ?x :q :a"),
    "y": ("?x :p ?y . ?x :r ?y", "?x :q ?y"),
}
Fact = tuple[str, ...]


def closed(facts: frozenset[Fact], rules: list[str]) -> frozenset[Fact]:
    """Apply rules over all values until nothing is new."""
    known = set(facts)
    nodes = sorted({node for s, _, o in facts for node in (s, o)} | {"a"})
    instances = []
    for name in rules:
        head, body = (re.sub(r"[:.]", " ", part).split() for part in RULES[name])
        names = sorted({word for word in head + body if word.startswith("?")})
        for values in itertools.product(nodes, repeat=len(names)):
            put = dict(zip(names, values, strict=True))
            sides = [[put.get(word, word) for word in part] for part in (head, body)]
            made, needed = ({tuple(side[i : i + 3]) for i in range(0, len(side), 3)} for side in sides)
            instances.append((made, needed))
    size = -1
    while size != len(known):
        size = len(known)
        for made, needed in instances:
            if needed <= known:
                known |= made
    return frozenset(known)


@settings(max_examples=30, deadline=None)
@given(
    facts=st.frozensets(
        st.tuples(st.sampled_from(NODES), st.sampled_from("pqr"), st.sampled_from(NODES)), min_size=1, max_size=4
    ),
    rules=st.sets(st.sampled_from(sorted(RULES)), min_size=1, max_size=3),
    wanted=st.tuples(st.sampled_from(NODES), st.sampled_from("pqr"), st.sampled_from(NODES)),
)
def test_the_sets_suffice_and_none_is_smaller(facts: frozenset[Fact], rules: set[str], wanted: Fact) -> None:
    chosen = sorted(rules)
    if wanted in closed(facts, chosen):
        return
    text = "".join(f"RULE :{name} {{ {RULES[name][0]} }} WHERE {{ {RULES[name][1]} }}\n" for name in chosen)
    closure = toy(" ".join(f":{s} :{p} :{o} ." for s, p, o in facts), text)
    found = why_not(closure, fact(" ".join(wanted)), depth=4, budget=800)
    for way in found.ways:
        added = {tuple(word.replace("?", "new_") for word in short(pattern).split()) for pattern in way.missing}
        assert wanted in closed(facts | added, chosen), way
    if not found.complete:
        return
    smallest = min((len(way.missing) for way in found.ways), default=3)
    options = [option for option in itertools.product((*NODES, "new"), "pqr", (*NODES, "new")) if option != wanted]
    for size in range(1, min(smallest, 3)):
        for extra in itertools.combinations(options, size):
            assert wanted not in closed(facts | frozenset(extra), chosen), extra
