"""Rule sets: rules and what is said about them, read from .srl files and checked.

A rule's label, confidence, source, author, status and examples are RDF about its IRI in DATA blocks. SPARQL 1.2 RL,
Working Draft of August 2026, rule sets and imports.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning.interchange.files import SUFFIXES, read_rules_file, read_text
from kg_fashion.reasoning.parser import Document
from kg_fashion.reasoning.syntax import Aggregate, Constant, Negation, Pattern, Place, Rule
from kg_fashion.resources import rules_dir

PROPOSED, ACCEPTED, DEPRECATED = "proposed", "accepted", "deprecated"
STATUSES = (PROPOSED, ACCEPTED, DEPRECATED)
"""What kgf:status may say of a rule; one that says nothing is accepted."""

Value = ox.Literal | ox.NamedNode | ox.BlankNode | ox.Triple


@dataclass(frozen=True)
class RuleSet:
    """Rules and the data that stands beside them.

    Attributes:
        rules: The rules, in file order.
        data: Ground triples of the DATA blocks: the rules' labels, confidences, sources.
        warnings: What is odd about the files, each with its place.
        places: Where each of the ground triples stands.
    """

    rules: tuple[Rule, ...]
    data: tuple[Pattern, ...] = ()
    warnings: tuple[str, ...] = ()
    places: Mapping[Pattern, Place] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    @cached_property
    def _about(self) -> dict[tuple[str, str], list[tuple[Value, Place]]]:
        """(subject, predicate) in N-Triples syntax -> the objects, with their places."""
        found: dict[tuple[str, str], list[tuple[Value, Place]]] = {}
        for pattern, triple in zip(self.data, self.triples(), strict=True):
            where = self.places.get(pattern, Place())
            found.setdefault((str(triple.subject), str(triple.predicate)), []).append((triple.object, where))
        return found

    def values(self, subject: str | ox.BlankNode, predicate: str) -> list[tuple[Value, Place]]:
        """Return what DATA blocks give something, such as a rule, for a property, each with its place."""
        key = f"<{subject}>" if isinstance(subject, str) else str(subject)
        return self._about.get((key, f"<{predicate}>"), [])

    def about(self, rule: str, predicate: str) -> list[ox.Literal]:
        """Return the literals that DATA blocks give a rule for a property."""
        return [term for term, _ in self.values(rule, predicate) if isinstance(term, ox.Literal)]

    def label(self, rule: str, lang: str = "en") -> str:
        """Return a rule's label in a language, in any language, or its name."""
        labels = self.about(rule, terms.RDFS.label)
        for label in labels:
            if label.language == lang:
                return label.value
        return labels[0].value if labels else terms.shorten(rule)

    def confidence(self, rule: str) -> float | None:
        """Return the confidence that a rule states for itself, 0 to 1, None where it states none that is a number."""
        for stated in self.about(rule, terms.KGF.confidence):
            if is_share(stated.value):
                return float(stated.value)
        return None

    def status(self, rule: str) -> str:
        """Return a rule's status, one of `STATUSES`.

        Example:
            >>> from kg_fashion.reasoning.parser import parse
            >>> document = parse(f'DATA {{ <urn:r> <{terms.KGF.status}> "proposed" }}')
            >>> rules = RuleSet(document.rules, document.data)
            >>> rules.status("urn:r"), rules.status("urn:other")
            ('proposed', 'accepted')
        """
        stated = [literal.value for literal in self.about(rule, terms.KGF.status)]
        return next((value for value in stated if value in STATUSES), ACCEPTED)

    def sources(self, rule: str) -> list[str]:
        """Return where a rule comes from (dcterms:source), in words or as an IRI."""
        return _texts(self.values(rule, terms.DCTERMS.source))

    def authors(self, rule: str) -> list[str]:
        """Return who wrote a rule (dcterms:creator), by name or as an IRI."""
        return _texts(self.values(rule, terms.DCTERMS.creator))

    def triples(self) -> Iterator[ox.Triple]:
        """Iterate over the data as triples."""
        text = "\n".join(" ".join(getattr(term, "nt", "") for term in pattern) + " ." for pattern in self.data)
        return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def is_share(text: str) -> bool:
    """Say whether a text is a number from 0 to 1.

    Example:
        >>> is_share("0.9"), is_share("7"), is_share("high")
        (True, False, False)
    """
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _texts(values: Iterable[tuple[Value, Place]]) -> list[str]:
    return [term.value for term, _ in values if isinstance(term, ox.Literal | ox.NamedNode)]


def load_rules(source: Path | str | None = None, *, ontology: Ontology | None = None) -> RuleSet:
    """Read rules and check them.

    Args:
        source: A .srl file or a folder of them; the bundled rules by default.
        ontology: Whose terms the rules may use; the bundled one by default.

    Raises:
        RuleError: no such file, a syntax error, an unbound variable, a name given twice, or an undefined kgf: term.

    Example:
        >>> rules = load_rules()
        >>> rules.label(terms.RULE["nothing-known-is-all-seasons"])
        'nothing known: all seasons'
    """
    rules = read_rules(Path(source) if source is not None else rules_dir())
    for _, error in undefined_terms(rules, ontology or read_ontology()):
        raise error
    return rules


def read_rules(source: Path | str) -> RuleSet:
    """Read rules of any vocabulary and check that they are well formed.

    Args:
        source: A file of rules (SPARQL-RL .srl, a CONSTRUCT query .rq, SHACL rules .ttl) or a folder of them.

    Raises:
        RuleError: no such file, a syntax error, an unbound variable, or a name given twice.
    """
    paths = _paths(Path(source))
    documents: dict[Path, Document] = {}
    while paths:
        path = paths.pop(0)
        if path.resolve() not in documents:
            documents[path.resolve()] = document = read_rules_file(path)
            _check_data(document, path)
            paths += [_imported(name, where) for name, where in document.imports.items()]
    rules = RuleSet(
        tuple(rule for document in documents.values() for rule in document.rules),
        tuple(dict.fromkeys(triple for document in documents.values() for triple in document.data)),
        tuple(warning for document in documents.values() for warning in document.warnings),
        {triple: where for document in reversed(documents.values()) for triple, where in document.places.items()},
    )
    _check_names(rules)
    for rule in rules:
        check_well_formed(rule)
    return rules


def _paths(source: Path) -> list[Path]:
    if source.is_dir():
        found = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
        if not found:
            raise RuleError(f"no file of rules ({', '.join(SUFFIXES)}) in this folder", path=source)
        return found
    if not source.is_file():
        raise RuleError("no such file; give a file of rules or a folder of them", path=source)
    return [source]


def _imported(name: str, where: Place) -> Path:
    """Resolve IMPORTS: a file name in the same folder, nothing else."""
    folder = where.path.parent if where.path else Path()
    name = unquote(name.removeprefix(folder.resolve().as_uri() + "/"))
    target = folder / name
    local = "/" not in name and ":" not in name
    if not local or not target.is_file():
        message = f"IMPORTS <{name}>: " + ("no such file" if local else "only a file of the same folder is read")
        raise RuleError(message, path=where.path, line=where.line, column=where.column)
    return target


def _check_data(document: Document, path: Path) -> None:
    for problem in document.problems:
        raise RuleError(problem.message, path=path, line=problem.line, column=problem.column)


def _check_names(rules: RuleSet) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.iri in seen:
            first = seen[rule.iri]
            message = (
                f"rule {terms.shorten(rule.iri)} stands already at {first.path}:{first.line}; give it another name"
            )
            raise RuleError(message, path=rule.path, line=rule.line, column=rule.column, iri=rule.iri)
        seen[rule.iri] = rule


def check_well_formed(rule: Rule) -> None:
    """Check that every variable is bound before it is used, and that no literal is a subject.

    Raises:
        RuleError: it is not so; the message names the variable and its place.
    """
    for problem in rule.problems:
        message = f"{problem.message} (rule {terms.shorten(rule.iri)})"
        raise RuleError(message, path=rule.path, line=problem.line, column=problem.column, iri=rule.iri)


def undefined_terms(rules: RuleSet, ontology: Ontology) -> Iterator[tuple[Rule, RuleError]]:
    """Iterate over the kgf: terms in rules that the ontology does not declare, each as the error that it is."""
    for rule in rules:
        yield from ((rule, error) for error in _undefined_in(rule, ontology))


def _undefined_in(rule: Rule, ontology: Ontology) -> Iterator[RuleError]:
    inner: list[Negation | Aggregate] = [*rule.negations, *rule.aggregates]
    for pattern in (*rule.head, *rule.patterns, *(p for part in inner for p in part.patterns)):
        for position, term in enumerate(pattern):
            if isinstance(term, Constant):
                yield from _undefined(term.nt, rule, ontology, "property" if position == 1 else "term")
    assigned = [a.expression for a in rule.assignments if a.expression]
    for expression in (*rule.filters, *assigned, *(f for part in inner for f in part.filters)):
        for nt in re.findall(r"<[^<>\s]+>", expression.text):
            yield from _undefined(nt, rule, ontology, "term")


def _undefined(nt: str, rule: Rule, ontology: Ontology, role: str) -> Iterator[RuleError]:
    iri = nt[1:-1]
    if not nt.startswith("<" + terms.KGF) or iri in ontology.declared:
        return
    name = terms.shorten(iri)
    hint = did_you_mean(name, map(terms.shorten, sorted(ontology.declared)))
    line, column = _place(rule, iri)
    yield RuleError(f"undefined {role} {name}{hint}", path=rule.path, line=line, column=column, iri=iri)


def _place(rule: Rule, iri: str) -> tuple[int | None, int | None]:
    """Find the term's first place at or after the start of its rule."""
    if rule.path is None or rule.line is None:
        return rule.line, None
    pattern = re.compile(rf"<{re.escape(iri)}>|[\w-]*:{re.escape(terms.local_name(iri))}(?![\w-])")
    for number, line in enumerate(read_text(rule.path).splitlines(), start=1):
        found = pattern.search(line)
        if number >= rule.line and found:
            return number, found.start() + 1
    return rule.line, None
