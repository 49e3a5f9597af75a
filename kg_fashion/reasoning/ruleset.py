"""Rule sets: read from .srl files, checked for well-formedness and against the ontology."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from kg_fashion import terms
from kg_fashion.errors import RuleError, did_you_mean
from kg_fashion.ontology import Ontology, read_ontology
from kg_fashion.reasoning.parser import Document, parse
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule
from kg_fashion.resources import rules_dir


@dataclass(frozen=True)
class RuleSet:
    """Rules and the data that stands beside them.

    Attributes:
        rules: The rules, in file order.
        data: Ground triples of the DATA blocks: the rules' labels, confidences, sources.
        warnings: What is odd about the files, each with its place.
    """

    rules: tuple[Rule, ...]
    data: tuple[Pattern, ...] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    @cached_property
    def _about(self) -> dict[tuple[str, str], list[ox.Literal | ox.NamedNode]]:
        found: dict[tuple[str, str], list[ox.Literal | ox.NamedNode]] = {}
        for subject, predicate, obj in self.data:
            if isinstance(subject, Constant) and isinstance(predicate, Constant) and isinstance(obj, Constant):
                term = next(iter(ox.parse(f"<urn:s> <urn:p> {obj.nt} .", format=ox.RdfFormat.N_TRIPLES))).object
                if isinstance(term, ox.Literal | ox.NamedNode):
                    found.setdefault((subject.nt[1:-1], predicate.nt[1:-1]), []).append(term)
        return found

    def about(self, rule: str, predicate: str) -> list[ox.Literal]:
        """Return the literals that DATA blocks give a rule for a property."""
        return [term for term in self._about.get((rule, predicate), ()) if isinstance(term, ox.Literal)]

    def label(self, rule: str, lang: str = "en") -> str:
        """Return a rule's label in a language, in any language, or its name."""
        labels = self.about(rule, terms.RDFS.label)
        for label in labels:
            if label.language == lang:
                return label.value
        return labels[0].value if labels else terms.shorten(rule)

    def confidence(self, rule: str) -> float | None:
        """Return the confidence that a rule states for itself, 0 to 1, None where it states none."""
        stated = self._about.get((rule, terms.KGF.confidence), ())
        return float(stated[0].value) if stated else None

    def triples(self) -> Iterator[ox.Triple]:
        """Iterate over the data as triples."""
        text = "\n".join(" ".join(getattr(term, "nt", "") for term in pattern) + " ." for pattern in self.data)
        return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


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
    _check_terms(rules, ontology or read_ontology())
    return rules


def read_rules(source: Path | str) -> RuleSet:
    """Read rules of any vocabulary and check that they are well formed.

    Args:
        source: A .srl file or a folder of them.

    Raises:
        RuleError: no such file, a syntax error, an unbound variable, or a name given twice.
    """
    paths = _paths(Path(source))
    documents: dict[Path, Document] = {}
    while paths:
        path = paths.pop(0)
        if path.resolve() not in documents:
            base = path.resolve().as_uri()
            documents[path.resolve()] = document = parse(_text(path), path=path, base=base)
            paths += [_imported(name, path) for name in document.imports]
    rules = RuleSet(
        tuple(rule for document in documents.values() for rule in document.rules),
        tuple(dict.fromkeys(triple for document in documents.values() for triple in document.data)),
        tuple(warning for document in documents.values() for warning in document.warnings),
    )
    _check_names(rules)
    for rule in rules:
        check_well_formed(rule)
    for triple in rules.data:
        if isinstance(triple.subject, Constant) and triple.subject.nt.startswith(('"', "<<")):
            raise RuleError(f"a literal or triple term cannot be a subject: {triple}", path=paths[0] if paths else None)
    return rules


def _paths(source: Path) -> list[Path]:
    if source.is_dir():
        found = sorted(source.glob("*.srl"))
        if not found:
            raise RuleError("no .srl file in this folder", path=source)
        return found
    if not source.is_file():
        raise RuleError("no such file; give a .srl file or a folder of them", path=source)
    return [source]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RuleError(f"not UTF-8 at byte {error.start + 1}", path=path) from error
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}", path=path) from error


def _imported(name: str, path: Path) -> Path:
    """Resolve IMPORTS: a file name in the same folder, nothing else."""
    name = name.removeprefix(path.resolve().parent.as_uri() + "/")
    target = path.parent / name
    if "/" in name or ":" in name or not target.is_file():
        raise RuleError(f"IMPORTS <{name}>: only a .srl file of the same folder is read", path=path)
    return target


def _check_names(rules: RuleSet) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.iri in seen:
            first = seen[rule.iri]
            message = (
                f"rule {terms.shorten(rule.iri)} stands already at {first.path}:{first.line}; give it another name"
            )
            raise RuleError(message, path=rule.path, line=rule.line, iri=rule.iri)
        seen[rule.iri] = rule


def check_well_formed(rule: Rule) -> None:
    """Check that every variable is bound before it is used, and that no literal is a subject.

    Raises:
        RuleError: it is not so; the message names the variable.
    """
    if rule.problems:
        message = f"{rule.problems[0]} (rule {terms.shorten(rule.iri)})"
        raise RuleError(message, path=rule.path, line=rule.line, iri=rule.iri)


def _check_terms(rules: RuleSet, ontology: Ontology) -> None:
    for rule in rules:
        for pattern in (*rule.head, *rule.patterns, *(p for negation in rule.negations for p in negation.patterns)):
            for position, term in enumerate(pattern):
                if isinstance(term, Constant):
                    _check_term(term.nt, rule, ontology, "property" if position == 1 else "term")
        for expression in (*rule.filters, *(f for negation in rule.negations for f in negation.filters)):
            for nt in re.findall(r"<[^<>\s]+>", expression.text):
                _check_term(nt, rule, ontology, "term")


def _check_term(nt: str, rule: Rule, ontology: Ontology, role: str) -> None:
    iri = nt[1:-1]
    if not nt.startswith("<" + terms.KGF) or iri in ontology.declared:
        return
    name = terms.shorten(iri)
    hint = did_you_mean(name, map(terms.shorten, sorted(ontology.declared)))
    line, column = _place(rule, iri)
    raise RuleError(f"undefined {role} {name}{hint}", path=rule.path, line=line, column=column, iri=iri)


def _place(rule: Rule, iri: str) -> tuple[int | None, int | None]:
    """Find the term's first place at or after the start of its rule."""
    if rule.path is None or rule.line is None:
        return rule.line, None
    pattern = re.compile(rf"<{re.escape(iri)}>|[\w-]*:{re.escape(terms.local_name(iri))}(?![\w-])")
    for number, line in enumerate(_text(rule.path).splitlines(), start=1):
        found = pattern.search(line)
        if number >= rule.line and found:
            return number, found.start() + 1
    return rule.line, None
