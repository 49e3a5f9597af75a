"""Rules in other forms: what is written is read back as the same rules, and other engines derive the same from it."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from typer.testing import CliRunner

from kg_fashion import terms
from kg_fashion.cli.rules_convert import convert
from kg_fashion.errors import RuleError, StratificationError
from kg_fashion.reasoning import RuleSet, inference_graph, read_data, read_rules
from kg_fashion.reasoning.interchange.construct import read_construct, to_construct
from kg_fashion.reasoning.interchange.files import read_rules_file
from kg_fashion.reasoning.interchange.folder import write_queries
from kg_fashion.reasoning.interchange.shacl import read_shacl, to_shacl
from kg_fashion.reasoning.interchange.srl import to_srl
from kg_fashion.reasoning.parser import parse
from kg_fashion.reasoning.stratify import stratify
from kg_fashion.reasoning.syntax import Constant, Expression, Pattern, Rule, Term, Variable
from kg_fashion.resources import rules_dir

CASES = Path(__file__).parents[2] / "conformance" / "sparql_rl"
EXAMPLE = "PREFIX : <http://example/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n"
EXTRA = {
    "aggregates": """RULE :a { ?x :n ?n } WHERE { ?x a :T . SET ( ?n := COUNT ( DISTINCT ?y ) WHERE {
        ?x :p/:q ?y . FILTER ( ?y > 3 ) } ) FILTER ( ?n > 0 ) }
        RULE :b { ?x :sum ?n } WHERE { ?x a :T . SET ( ?n := SUM ( ?y ) WHERE { ?x :v ?y } ) }
        RULE :c { ?x :least ?n } WHERE { ?x a :T . SET ( ?n := MIN ( ?y ) WHERE { ?x :v ?y } ) }
        RULE :d { ?x :all ?n } WHERE { ?x a :T . SET ( ?n := COUNT ( * ) WHERE { ?s :v ?y } ) }""",
    "aggregate-matched-later": """RULE { ?z :has ?x } WHERE { ?x a :T . SET ( ?n := COUNT ( * ) WHERE { ?x :v ?y } )
        ?z :count ?n ; :v ?y }""",
    "triple-term-in-not": """RULE { ?x :n ?n } WHERE { ?x a :T .
        NOT { ?r rdf:reifies <<( ?x :p ?y )>> , <<( ?y :p ?v )>> . FILTER ( STR(?y) > STR(?v) ) }
        ?x :v ?y . SET ( ?n := STR(?y) ) ?k :name ?n }""",
    "everything": """RULE { ?x :n <<( ?x :p <<( ?x :q ?y )>> )>> ; :made _:b . _:b :x ?c } WHERE { ?x a :T ; :v ?y .
        SET ( ?d := "?x <urn:?y>" ) SET ( ?c := CONCAT(?d, "\\"a?y") ) ?x ^:p/(:q/^:q) [ a :T ] .
        FILTER ( ?y IN ( 1 , -2 ) || ?y - 1 != 3 && TRUE ) FILTER isLITERAL(?y) FILTER (( ?y = 1 ) || ( ?y = 4 )) }""",
    "own-names": "RULE { ?this :n_x ?_1 ; :h_x ?n_x } WHERE { ?this :p ?_1 . ?_1 :q ?n_x . ?n_x_2 :p ?_1 }",
}
DATA = b"""<http://example/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example/T> .
<http://example/b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example/T> .
<http://example/a> <http://example/p> <http://example/b> .
<http://example/c> <http://example/p> <http://example/b> .
<http://example/b> <http://example/q> "4"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/c> <http://example/q> "4"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/b> <http://example/v> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/b> <http://example/v> "4"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/a> <http://example/count> "0"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/b> <http://example/count> "2"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example/c> <http://example/name> "4" .
<http://example/z> <http://example/link> <http://example/a> .
_:r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> \
<<( <http://example/a> <http://example/p> <http://example/b> )>> .
"""


def canonical(ntriples: bytes) -> set[str]:
    graph = ox.Dataset(ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES))
    graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad.triple) for quad in graph}


def derived(data: bytes, rules: RuleSet) -> set[str]:
    return canonical("\n".join(inference_graph(data, rules)).encode())


def alpha(rule: Rule) -> tuple[object, ...]:
    """A rule with its variables numbered in the order of its text, so that equal ones differ in names alone."""
    names: dict[str, str] = {}

    def term(one: Term) -> Term:
        return Variable(names.setdefault(one.name, f"v{len(names)}")) if isinstance(one, Variable) else one

    def pattern(one: Pattern) -> Pattern:
        subject, predicate, obj = map(term, one)
        return Pattern(subject, predicate, obj)

    def expression(one: Expression) -> tuple[object, ...]:
        for name in sorted(one.variables - names.keys(), key=lambda name: one.text.find(f"?{name}")):
            term(Variable(name))
        other = one.renamed(names)
        return other.text, other.members, other.same, other.each

    def inner(part: object) -> tuple[object, ...]:
        return tuple(map(pattern, part.patterns)), tuple(map(expression, part.filters))

    patterns, head = tuple(map(pattern, rule.patterns)), tuple(map(pattern, rule.head))
    outside = {name for one in (*rule.patterns, *rule.head) for name in one.variables}
    composed = {term(Variable(whole)): tuple(map(term, parts)) for whole, parts in rule.composed if whole in outside}
    negations = [(*inner(negation), negation.data) for negation in rule.negations]
    aggregates = [
        (term(Variable(a.variable)), a.function, a.argument and term(Variable(a.argument)), a.distinct, inner(a))
        for a in rule.aggregates
    ]
    assignments = {
        (term(Variable(a.variable)), a.expression and expression(a.expression), a.creates) for a in rule.assignments
    }
    filters = {expression(f) for f in rule.filters}
    solution = {names[name] for name in rule.solution}
    return rule.iri, head, patterns, filters, negations, assignments, aggregates, rule.data, solution, composed


def well_formed(rules: Sequence[Rule]) -> bool:
    return not any(rule.problems for rule in rules)


def files() -> Iterator[Path]:
    yield from sorted(rules_dir().glob("*.srl"))
    for path in sorted(CASES.glob("*.srl")):
        try:
            document = read_rules_file(path)
            if well_formed(document.rules) and not document.problems:
                yield path
        except RuleError:
            pass


def evaluated() -> Iterator[tuple[str, Path, Path]]:
    well = set(files())
    for path in sorted(CASES.glob("eval-*.srl")):
        data = path.with_name(f"{path.stem}-data.ttl")
        if data.is_file() and path in well and path.stem != "eval-set-copy":  # pyoxigraph writes "01" as "1"
            yield path.stem, path, data


def can_query(rule: Rule) -> bool:
    return not rule.data and not any(negation.data for negation in rule.negations)


@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.stem)
def test_sparql_rl_is_read_back_as_the_same_rules(path: Path) -> None:
    document = read_rules_file(path)
    text = to_srl(RuleSet(document.rules, document.data))
    again = parse(text, path=path)
    assert list(map(alpha, again.rules)) == list(map(alpha, document.rules))
    assert canonical(as_ntriples(again.data)) == canonical(as_ntriples(document.data))
    assert to_srl(RuleSet(again.rules, again.data)) == text or "_:" in text


@pytest.mark.parametrize("path", sorted(rules_dir().glob("*.srl")), ids=lambda path: path.stem)
def test_bundled_rules_are_equal_in_every_field(path: Path) -> None:
    document = read_rules_file(path)
    assert parse(to_srl(RuleSet(document.rules, document.data))).rules == document.rules


@pytest.mark.parametrize("name", EXTRA)
def test_harder_rules_are_read_back_as_the_same_rules(name: str) -> None:
    document = parse(EXAMPLE + EXTRA[name])
    again = parse(to_srl(RuleSet(document.rules)))
    assert well_formed(document.rules) and well_formed(again.rules)
    assert list(map(alpha, again.rules)) == list(map(alpha, document.rules))
    assert derived(DATA, RuleSet(again.rules)) == derived(DATA, RuleSet(document.rules))


def as_ntriples(data: Sequence[Pattern]) -> bytes:
    return "".join(f"{' '.join(term.nt for term in triple)} .\n" for triple in data).encode()


def by_queries(data: bytes, rules: Sequence[Rule]) -> set[str]:
    """What pyoxigraph derives with the rules as CONSTRUCT queries: each stratum to its fixpoint."""
    store = ox.Store()
    store.extend(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
    base = {str(quad.triple) for quad in store}
    for stratum in stratify(rules):
        texts = {to_construct(rule): any(a.expression is None for a in rule.assignments) for rule in stratum}
        size, first = -1, True
        while len(store) > size:
            size = len(store)
            for text, mints in texts.items():
                if first or not mints:  # what makes new nodes reads nothing of its own stratum
                    store.extend([ox.Quad(*triple) for triple in store.query(text)])
            first = False
    lines = "".join(f"{quad.triple} .\n" for quad in store if str(quad.triple) not in base)
    return canonical(lines.encode())


@pytest.mark.parametrize(
    ("name", "path", "data"), list(evaluated()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_queries_derive_the_same_in_another_engine(name: str, path: Path, data: Path) -> None:
    rules = read_rules(path)
    if not all(map(can_query, rules)):
        pytest.skip("looks at the base alone")
    ntriples = read_data(data) + as_ntriples(rules.data)
    found = by_queries(ntriples, rules.rules)
    assert found == derived(ntriples, RuleSet(rules.rules))
    again = [read_construct(to_construct(rule), name=rule.iri).rules[0] for rule in rules]
    assert well_formed(again)
    assert derived(ntriples, RuleSet(tuple(again))) == found


@pytest.mark.parametrize("name", EXTRA)
def test_queries_of_harder_rules_derive_the_same_in_another_engine(name: str) -> None:
    rules = parse(EXAMPLE + EXTRA[name]).rules
    found = by_queries(DATA, rules)
    assert found == derived(DATA, RuleSet(rules))
    assert found


def test_one_round_of_a_bundled_rule_is_its_query() -> None:
    rules = [rule for rule in read_rules(rules_dir()) if can_query(rule)]
    assert len(rules) > 60
    data = wardrobe(rules)
    for rule in rules:
        assert by_queries(data, [rule]) == derived(data, RuleSet((rule,))), rule.iri


def wardrobe(rules: Sequence[Rule]) -> bytes:
    """Garments that have, each by itself, what a rule's body asks for, and half of them what its NOTs ask for too."""
    lines: list[str] = []
    for number, rule in enumerate(rules):
        listed = {name: values[0] for f in rule.filters for name, values, positive in f.members or () if positive}
        for extra in ((), rule.negations):
            patterns = [*rule.patterns, *(pattern for negation in extra for pattern in negation.patterns)]
            for pattern in patterns:
                lines.append(" ".join(some(term, listed, f"{number}-{len(extra)}") for term in pattern) + " .\n")
    return "".join(dict.fromkeys(lines)).encode()


def some(term: Term, listed: Mapping[str, Constant], stem: str) -> str:
    if isinstance(term, Constant):
        return term.nt
    if term.name == "clo":
        return f'"0.6"^^<{terms.XSD.decimal}>'
    return listed[term.name].nt if term.name in listed else f"<urn:{stem}-{term.name}>"


@pytest.mark.parametrize(
    ("query", "place", "message"),
    [
        (
            "CONSTRUCT { ?x :p ?z } WHERE { ?x :p ?z\n OPTIONAL { ?x :a ?b } }",
            "3:2",
            "OPTIONAL cannot stand in a rule: write two",
        ),
        (
            "CONSTRUCT { ?x :p ?z } { { ?x :p ?z } UNION { ?x :q ?z } }",
            "2:26",
            "a group within a group .* a query for each",
        ),
        ("CONSTRUCT { ?x :p ?z } { GRAPH ?g { ?x :p ?z } }", "2:26", "GRAPH cannot"),
        ("CONSTRUCT { ?x :p ?z } { SELECT * { ?x :p ?z } }", "2:26", "SELECT cannot"),
        ("CONSTRUCT { ?x :p ?z } { ?x :p+ ?z }", "2:31", r"a path with '\+' cannot"),
        ("CONSTRUCT { ?x :p ?z } FROM <urn:g> { ?x :p ?z }", "2:24", "FROM cannot"),
        ("CONSTRUCT { ?x :p ?z } { ?x :p ?z } ORDER BY ?x", "2:37", "ORDER cannot"),
        ("CONSTRUCT { ?x :p ?z } { ?x :p ?z FILTER EXISTS { ?x :q ?z } }", "2:49", "EXISTS cannot"),
        ("CONSTRUCT { ?x :p ?z } { ?x :p ?z VALUES ?x { 1 } }", "2:35", "VALUES of literals"),
        ("CONSTRUCT { ?x :p ?z } { ?z :p ?z VALUES ?x { :a } }", "2:35", r"none binds \?x"),
        ("CONSTRUCT { ?x :p ?z ; :q 1 } { ?x :p ?y BIND (?y + 1 AS ?z) }", "2:42", "where BIND gives an error"),
        ("CONSTRUCT { ?x :p ?z } { ?x :p ?y BIND (?y + 1 AS ?z) ?z :q ?k }", "2:35", r"both bind \?z"),
        ("CONSTRUCT { ?x :p ?y } { ?x :p ?y MINUS { ?a :b ?c } }", "2:35", "MINUS shares no variable"),
        ("CONSTRUCT { ?x :p ?y } { ?x :p ?y MINUS { ?x :b ?c FILTER (?c > ?y) } }", "2:35", "a FILTER in MINUS"),
        ("CONSTRUCT { ?x :p ?y } { ?x :p ?y FILTER (COALESCE(?y, 1) = 1) }", "2:43", "no builtin COALESCE"),
        ("CONSTRUCT { ?x f:p ?y } { ?x :p ?y }", "2:16", "unknown prefix f:"),
        ("CONSTRUCT { ?x :p ?y } { ?x :p ?y FILTER (BOUND(?z)) }", "2:35", r"BOUND asks for \?z, which nothing binds"),
        ("SELECT * { ?x :p ?y }", "2:1", "SELECT cannot stand in a rule"),
        ("CONSTRUCT { ?x :p ?y } { ?x :p ?y", "2", "the file ends"),
    ],
)
def test_what_a_rule_cannot_say_is_refused_with_its_place(query: str, place: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        read_construct(f"PREFIX : <urn:>\n{query}", name="urn:r", path=Path("q.rq"))
    assert str(caught.value).startswith(f"q.rq:{place}: ")


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        (
            """CONSTRUCT { ?x :p ?z }
            { FILTER (?z > 2) ?x a/^:q ?y . BIND (?y + 1 AS ?z) VALUES ?x { :a :b } MINUS { ?x :no ?k } }""",
            """{ ?x :p ?z } WHERE { ?x a/^:q ?y . SET ( ?z := ?y + 1 ) NOT { ?x :no ?k }
            FILTER ( ?z > 2 ) FILTER ( ?x IN ( :a , :b ) ) }""",
        ),
        ("CONSTRUCT WHERE { ?x :p ?y }", "{ ?x :p ?y } WHERE { ?x :p ?y }"),
        (
            "CONSTRUCT { ?x :p 1 } WHERE { FILTER NOT EXISTS { FILTER (?y > 2) ?x :q ?y } ?x a :C }",
            "{ ?x :p 1 } WHERE { ?x a :C . NOT { ?x :q ?y FILTER ( ?y > 2 ) } }",
        ),
        (
            "CONSTRUCT { ?x :p ?z ; :q 1 } { ?x :p ?y BIND (?y + 1 AS ?z) FILTER (BOUND(?z)) VALUES (?x) { (:a) } }",
            "{ ?x :p ?z ; :q 1 } WHERE { ?x :p ?y SET ( ?z := ?y + 1 ) FILTER ( ?x IN ( :a ) ) }",
        ),
        (
            "CONSTRUCT { ?x :q 1 } { ?x :p ?y BIND (?y + 1 AS ?z) BIND (?z * 2 AS ?w) FILTER (?w < 9) }",
            "{ ?x :q 1 } WHERE { ?x :p ?y SET ( ?z := ?y + 1 ) SET ( ?w := ?z * 2 ) FILTER ( ?w < 9 ) }",
        ),
        (
            "CONSTRUCT { ?x :p << ?x :q ?y >> } { ?x :q ?y {| :c ?c |} }",
            "{ ?x :p << ?x :q ?y >> } WHERE { ?x :q ?y {| :c ?c |} }",
        ),
    ],
)
def test_a_query_is_read_as_the_rule_that_means_the_same(query: str, rule: str) -> None:
    read = read_construct(f"PREFIX : <urn:>\n{query}", name="urn:r")
    assert not read.warnings and well_formed(read.rules)
    wanted = parse(f"PREFIX : <urn:> RULE <urn:r> {rule}").rules[0]
    expected, found = alpha(wanted), alpha(read.rules[0])
    plain = {str(e).replace("( ( ", "( ").replace(" ) )", " )") for e in found[3]}
    assert plain == {str(e).replace("( ( ", "( ").replace(" ) )", " )") for e in expected[3]}
    assert found[:3] + found[5:] == expected[:3] + expected[5:]
    assert [n[0] for n in found[4]] == [n[0] for n in expected[4]]


@pytest.mark.parametrize("where", ["WHERE DATA { ?x :q ?y }", "WHERE { ?x :q ?y NOT DATA { ?x :p ?y } }"])
def test_a_look_at_the_base_alone_has_no_query(where: str) -> None:
    rules = RuleSet(parse(f"PREFIX : <urn:>\nRULE :r {{ ?x :p ?y }} {where}", path=Path("r.srl")).rules)
    for write in (lambda: to_construct(rules.rules[0]), lambda: to_shacl(rules)):
        with pytest.raises(RuleError, match=r"r\.srl:2: .* cannot say .*DATA, .*keep the rule as SPARQL-RL"):
            write()


def test_an_aggregate_that_looks_outside_has_no_query() -> None:
    text = """PREFIX : <urn:> RULE { ?x :n ?n }
        WHERE { ?x :v ?v . SET ( ?n := COUNT ( ?y ) WHERE { ?z :v ?y FILTER ( ?y > ?v ) } ) }"""
    with pytest.raises(RuleError, match=r"looks at \?v outside"):
        to_construct(parse(text).rules[0])


# SHACL

SHAPES = """PREFIX : <http://example/> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX kgf: <https://w3id.org/kg-fashion/ontology/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
SHACL_RULES = {
    "class": ("[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .", "sh:this", ":is", "true"),
    "implicit-class": (":T a rdfs:Class , sh:NodeShape ; sh:rule :r .", "sh:this", ":is", ":T"),
    "node": ("[] a sh:NodeShape ; sh:targetNode :a , :b ; sh:rule :r .", "sh:this", ":is", "[ sh:path :v ]"),
    "node-alone": ("[] a sh:NodeShape ; sh:targetNode :z , :b ; sh:rule :r .", "sh:this", ":is", '"x"@en'),
    "node-unused": ("[] a sh:NodeShape ; sh:targetNode :z ; sh:rule :r .", ":a", ":is", "1"),
    "subjects": ("[] a sh:NodeShape ; sh:targetSubjectsOf :v ; sh:rule :r .", "sh:this", ":is", "1"),
    "objects": ("[] a sh:NodeShape ; sh:targetObjectsOf :p ; sh:rule :r .", "sh:this", ":is", "1"),
    "sequence": ("[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .", "sh:this", ":is", "[ sh:path ( :p :v ) ]"),
    "inverse": (
        "[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .", "[ sh:path [ sh:inversePath :p ] ]", ":is", "sh:this",
    ),
    "inverse-sequence": (
        "[] a sh:NodeShape ; sh:targetObjectsOf :p ; sh:rule :r .",
        "[ sh:path ( [ sh:inversePath :p ] [ sh:inversePath :link ] ) ]", ":is",
        "[ sh:path ( [ sh:inversePath :p ] :count ) ]",
    ),
    "two-shapes": (
        "[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r . [] a sh:NodeShape ; sh:targetNode :c ; sh:rule :r .",
        "sh:this", ":is", "1",
    ),
    "condition-class": (
        "[] a sh:NodeShape ; sh:targetSubjectsOf :p ; sh:rule :r . :r sh:condition [ a sh:NodeShape ; sh:class :T ] .",
        "sh:this", ":is", "1",
    ),
    "condition-value": (
        """[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .
        :r sh:condition [ a sh:NodeShape ; sh:property [ sh:path :v ; sh:hasValue 4 ] ] .""",
        "sh:this", ":is", "1",
    ),
    "condition-count": (
        """[] a sh:NodeShape ; sh:targetSubjectsOf :p ; sh:rule :r . :r sh:condition
        [ a sh:NodeShape ; sh:property [ sh:path :p ; sh:minCount 1 ] , [ sh:path :v ; sh:maxCount 0 ] ] ,
        [ a sh:NodeShape ; sh:hasValue :c ] .""",
        "sh:this", ":is", "1",
    ),
}  # fmt: skip


def pyshacl_derived(shapes: str, data: bytes) -> set[str]:
    """What pySHACL's rules add to data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyshacl
        import rdflib

        graph = rdflib.Graph().parse(data=data, format="nt")
        before = set(graph)
        pyshacl.shacl_rules(
            graph, shacl_graph=rdflib.Graph().parse(data=shapes, format="turtle"), inplace=True, iterate_rules=True
        )
        added = rdflib.Graph()
        for triple in set(graph) - before:
            added.add(triple)
        return canonical(added.serialize(format="nt").encode())


TRIPLE = "a sh:TripleRule ; sh:subject sh:this ; sh:predicate :p ;"
PLAIN = b"".join(line for line in DATA.splitlines(keepends=True) if b"<<(" not in line)


@pytest.mark.parametrize("name", SHACL_RULES)
def test_triple_rules_derive_what_pyshacl_derives(name: str, tmp_path: Path) -> None:
    shapes, subject, predicate, obj = SHACL_RULES[name]
    text = f"{SHAPES}{shapes}\n:r a sh:TripleRule ; sh:subject {subject} ; sh:predicate {predicate} ; sh:object {obj} ."
    (tmp_path / "rules.ttl").write_text(text)
    document = read_shacl(tmp_path / "rules.ttl")
    assert well_formed(document.rules) and not document.data and not document.warnings
    found = derived(PLAIN, RuleSet(document.rules))
    assert found == pyshacl_derived(text, PLAIN)
    assert found


def test_an_inverse_of_a_sequence_is_walked_backwards(tmp_path: Path) -> None:
    rule = "a sh:TripleRule ; sh:predicate :is ; sh:object sh:this ; sh:subject"
    text = f"{SHAPES}[] a sh:NodeShape ; sh:targetObjectsOf :p ; sh:rule :r .\n:r {rule} "
    (tmp_path / "whole.ttl").write_text(f"{text} [ sh:path [ sh:inversePath ( :link :p ) ] ] .")
    (tmp_path / "steps.ttl").write_text(f"{text} [ sh:path ( [ sh:inversePath :p ] [ sh:inversePath :link ] ) ] .")
    whole, steps = (read_shacl(tmp_path / name).rules[0] for name in ("whole.ttl", "steps.ttl"))
    assert alpha(whole) == alpha(steps)


def test_a_query_of_a_shape_and_what_is_said_about_it(tmp_path: Path) -> None:
    text = f"""{SHAPES}
:onto sh:declare [ sh:prefix "ex" ; sh:namespace "http://example/"^^xsd:anyURI ] .
[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .
:r a sh:SPARQLRule ; rdfs:label "big"@en , "大"@zh ; kgf:confidence 0.8 ; sh:order 2 ; sh:prefixes :onto ;
  kgf:example [ kgf:given "x" ] ;
  sh:construct \"\"\"
    CONSTRUCT {{ $this ex:big ?v }}
    WHERE {{ $this ex:v ?v . FILTER (?v > 2) }}\"\"\" .
"""
    (tmp_path / "rules.ttl").write_text(text)
    document = read_shacl(tmp_path / "rules.ttl")
    rules = RuleSet(document.rules, document.data)
    assert derived(PLAIN, RuleSet(document.rules)) == pyshacl_derived(text, PLAIN)
    assert rules.label("http://example/r", "zh") == "大"
    assert rules.confidence("http://example/r") == 0.8
    assert {triple.predicate.nt for triple in rules.data if triple.subject.nt.startswith("_:")} == {
        f"<{terms.KGF.given}>"
    }
    assert document.rules[0].line == 9
    again = parse(to_srl(rules), path=tmp_path / "x.srl")
    assert list(map(alpha, again.rules)) == list(map(alpha, rules))
    assert canonical(as_ntriples(again.data)) == canonical(as_ntriples(rules.data))
    (tmp_path / "again.ttl").write_text(to_shacl(rules))
    assert list(map(alpha, read_shacl(tmp_path / "again.ttl").rules)) == list(map(alpha, rules))
    assert canonical(as_ntriples(read_shacl(tmp_path / "again.ttl").data)) == canonical(as_ntriples(rules.data))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (f"{TRIPLE[:-2]}", "sh:object has 0 values"),
        (f"{TRIPLE} sh:object [ sh:union () ]", r"sh:object of a rule is sh:this"),
        (f"{TRIPLE} sh:object [ sh:path [ sh:zeroOrMorePath :p ] ]", "a path of"),
        ("a sh:JSRule", "no other kind can be read"),
        ("a sh:SPARQLRule", "has its query in sh:construct"),
        (
            f"{TRIPLE} sh:object 1 ; sh:condition [ a sh:NodeShape ; sh:nodeKind sh:IRI ]",
            "sh:nodeKind in a condition cannot be read",
        ),
        ('a sh:SPARQLRule ; sh:construct "CONSTRUCT { $this :p 1 } { OPTIONAL { $this :q 1 } }"', "OPTIONAL cannot"),
        (
            'a sh:SPARQLRule ; sh:construct "CONSTRUCT { $this <urn:p> [] } WHERE { $this <urn:q> ?y }" ; '
            "sh:condition [ a sh:NodeShape ; sh:property [ sh:path :q ; sh:minCount 1 ] ]",
            "a rule that makes blank nodes cannot be read with sh:minCount",
        ),
    ],
)  # fmt: skip
def test_what_a_rule_of_shapes_cannot_say_is_refused(rule: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.ttl"
    path.write_text(f"{SHAPES}[] a sh:NodeShape ; sh:targetClass :T ; sh:rule :r .\n:r {rule} .")
    with pytest.raises(RuleError, match=message) as caught:
        read_shacl(path)
    assert str(caught.value).startswith(f"{path}:4:")


def test_rules_that_do_not_run_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rules.ttl"
    rule = "a sh:TripleRule ; sh:subject sh:this ; sh:predicate :p ; sh:object 1"
    path.write_text(f"{SHAPES}[] a sh:NodeShape ; sh:rule :r , :s .\n:r {rule} .\n:s {rule} ; sh:deactivated true .")
    document = read_shacl(path)
    assert not document.rules
    assert document.warnings == (
        f"{path}:4: http://example/r has no shape with a target and never fires",
        f"{path}:5: http://example/s is deactivated and left out",
    )


def test_a_turtle_file_without_rules_is_data(tmp_path: Path) -> None:
    (tmp_path / "about.ttl").write_text("<urn:r> <urn:p> 1 , [ <urn:q> <<( <urn:a> <urn:b> 2 )>> ] .")
    document = read_rules_file(tmp_path / "about.ttl")
    assert not document.rules
    objects = {str(triple.object) for triple in document.data}
    assert {"_:dabout.b1", f'<<( <urn:a> <urn:b> "2"^^<{terms.XSD.integer}> )>>'} < objects


def test_shapes_without_rules_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(f"{SHAPES}:S a sh:NodeShape ; sh:targetClass :T .")
    (warning,) = read_shacl(tmp_path / "shapes.ttl").warnings
    assert warning.endswith("shapes.ttl: no sh:rule in this file; all of it is read as data")


def test_turtle_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "rules.ttl").write_text("<urn:a> <urn:b> 1 .\n<urn:a> ; .")
    with pytest.raises(RuleError, match=r"rules\.ttl:2: not valid Turtle"):
        read_shacl(tmp_path / "rules.ttl")


def test_bundled_rules_as_shacl_derive_the_same_with_pyshacl(tmp_path: Path) -> None:
    chosen = [rule for rule in read_rules(rules_dir()) if can_query(rule)]
    rules = RuleSet(tuple(chosen))
    text = to_shacl(rules)
    (tmp_path / "rules.ttl").write_text(text)
    assert list(map(alpha, read_shacl(tmp_path / "rules.ttl").rules)) == list(map(alpha, rules))
    some_rules = chosen[::6]
    data = wardrobe(some_rules)
    found = derived(data, RuleSet(tuple(some_rules)))
    assert found
    assert pyshacl_derived(to_shacl(RuleSet(tuple(some_rules))), data) == found


@pytest.mark.parametrize(
    ("name", "path", "data"), list(evaluated()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_shacl_is_read_back_as_rules_that_derive_the_same(name: str, path: Path, data: Path, tmp_path: Path) -> None:
    rules = read_rules(path)
    if not all(map(can_query, rules)) or rules.data:
        pytest.skip("looks at the base alone")
    (tmp_path / "rules.ttl").write_text(to_shacl(rules))
    again = read_shacl(tmp_path / "rules.ttl")
    assert well_formed(again.rules)
    ntriples = read_data(data)
    assert derived(ntriples, RuleSet(again.rules)) == derived(ntriples, rules)


def test_order_is_that_of_the_strata() -> None:
    text = """PREFIX : <urn:> RULE :b { ?x :b 1 } WHERE { ?x :p ?y NOT { ?x :a 1 } }
        RULE :a { ?x :a 1 } WHERE { ?x :q ?y }"""
    written = to_shacl(RuleSet(parse(text).rules))
    assert written.index("sh:targetSubjectsOf <urn:q> ; sh:order 0") < written.index(
        "sh:targetSubjectsOf <urn:p> ; sh:order 1"
    )
    with pytest.raises(StratificationError):
        to_shacl(RuleSet(parse("PREFIX : <urn:> RULE { ?x :p 1 } WHERE { ?x :q ?y NOT { ?x :p 1 } }").rules))


def test_data_about_anything_but_rules_is_refused_in_shacl() -> None:
    document = parse("DATA { <urn:a> <urn:b> 1 } RULE <urn:r> { ?x <urn:p> 1 } WHERE { ?x <urn:b> ?y }")
    with pytest.raises(RuleError, match="DATA that is not about a rule"):
        to_shacl(RuleSet(document.rules, document.data))


def test_a_folder_of_queries_holds_all_that_the_rules_say(tmp_path: Path) -> None:
    rules = read_rules(rules_dir() / "type_season.srl")
    written = write_queries(rules, tmp_path / "out")
    assert len(written) == len(rules) + 1
    again = [read_rules_file(path) for path in written]
    assert [alpha(rule) for document in again for rule in document.rules] == list(map(alpha, rules))
    assert canonical(as_ntriples([t for document in again for t in document.data])) == canonical(
        as_ntriples(rules.data)
    )


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"unknown suffix; rules stand in \.srl, \.rq, \.ttl files"):
        read_rules_file(tmp_path / "rules.csv")


# the command

app = typer.Typer()
app.command()(convert)


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    return result.exit_code, result.stdout, result.stderr


def test_the_command_writes_what_the_functions_return(tmp_path: Path) -> None:
    source = rules_dir() / "type_season.srl"
    rules = read_rules(source)
    assert run(source, "--to", "srl") == (0, to_srl(rules), "")
    assert run(source, "--to", "shacl", "-o", tmp_path / "o.ttl") == (0, "", "")
    assert (tmp_path / "o.ttl").read_text("utf-8") == to_shacl(rules)
    code, out, err = run(source, "--to", "construct", "-o", tmp_path / "queries")
    assert (code, out, err) == (0, "", f"  {len(rules) + 1} files in {tmp_path / 'queries'}\n")
    assert (tmp_path / "queries" / "boots-are-winter.rq").read_text("utf-8").startswith("PREFIX kgf:")


def test_one_query_goes_to_stdout_and_several_ask_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.srl").write_text(
        'RULE <urn:r> { ?x <urn:p> 1 } WHERE { ?x a <urn:C> } DATA { <urn:r> <urn:l> "x" }'
    )
    code, out, err = run(tmp_path / "one.srl", "--to", "construct")
    assert (code, out) == (0, "CONSTRUCT { ?x <urn:p> 1 . }\nWHERE { ?x a <urn:C> . }\n")
    assert "give a folder with -o to keep it" in err
    code, out, err = run(rules_dir() / "type_season.srl", "--to", "construct")
    assert (code, out) == (2, "") and "give a folder with -o" in err
    code, out, err = run(rules_dir() / "default.srl", "--to", "construct", "-o", tmp_path / "queries")
    assert code == 2 and "NOT DATA" in err and "3 of 3 rules" in err
    assert not (tmp_path / "queries").exists()
