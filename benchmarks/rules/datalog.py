"""Any rules without fresh terms as one clingo program over t(S,P,O) and the base b(S,P,O); to compare, not for speed.

A FILTER becomes the list of the terms for which it holds, which pyoxigraph evaluates; it may have one variable, or be
a conjunction of tests of a variable against constants. A SET may only bind a constant.
"""

from collections.abc import Iterator, Sequence
from itertools import count

import clingo
import pyoxigraph as ox

from kg_fashion.reasoning import Rule
from kg_fashion.reasoning.syntax import Expression, Negation, Pattern, Term, Variable

_ENGINE = ox.Store()


class Program:
    """A clingo program.

    Args:
        ntriples: The data.
        rules: The rules.
    """

    def __init__(self, ntriples: bytes, rules: Sequence[Rule]) -> None:
        self._ids: dict[str, int] = {}
        self._numbers = count()
        base = [
            (str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)
        ]
        self._parts = ["t(S,P,O) :- b(S,P,O)."]
        self._parts += [f"b({','.join(str(self._id(term)) for term in triple)})." for triple in base]
        self._tests: list[tuple[str, Expression]] = []
        for number, rule in enumerate(rules):
            self._parts += self._rule(rule, number)
        for name, expression in self._tests:
            self._parts += [f"{name}({self._ids[term]})." for term in self._holds(expression)]

    def derived(self) -> set[str]:
        """Ground the program, whose only model the grounding decides; return what is not in the base."""
        control = clingo.Control(["--warn=none"])
        control.add("base", [], "\n".join(self._parts))
        control.ground([("base", [])])
        names = list(self._ids)
        found = {
            name: {
                tuple(argument.number for argument in atom.symbol.arguments)
                for atom in control.symbolic_atoms.by_signature(name, 3)
            }
            for name in ("t", "b")
        }
        return {" ".join([*(names[number] for number in triple), "."]) for triple in found["t"] - found["b"]}

    def _id(self, term: str) -> int:
        return self._ids.setdefault(term, len(self._ids))

    def _rule(self, rule: Rule, number: int) -> Iterator[str]:
        body = [self._atom(pattern, "b" if rule.data else "t") for pattern in rule.patterns]
        for expression in rule.filters:
            body += self._test(expression)
        for assignment in rule.assignments:
            if assignment.expression is None or assignment.expression.variables:
                raise ValueError(f"{rule.iri} makes terms that are not known before")
            body.append(f"{_name(assignment.variable)} = {self._id(_value(assignment.expression))}")
        known = {name for pattern in rule.patterns for name in pattern.variables}
        for place, negation in enumerate(rule.negations):
            name = f"not{number}_{place}"
            shared = sorted(known & negation.variables)
            yield self._negation(negation, name, shared)
            body.append(f"not {name}({','.join(['0', *map(_name, shared)])})")
        for template in rule.head:
            yield f"{self._atom(template, 't')} :- {', '.join(body)}."

    def _negation(self, negation: Negation, name: str, shared: Sequence[str]) -> str:
        body = [self._atom(pattern, "b" if negation.data else "t") for pattern in negation.patterns]
        body += [test for expression in negation.filters for test in self._test(expression)]
        return f"{name}({','.join(['0', *map(_name, shared)])}) :- {', '.join(body)}."

    def _atom(self, pattern: Pattern, name: str) -> str:
        return f"{name}({','.join(map(self._term, pattern))})"

    def _term(self, term: Term) -> str:
        return _name(term.name) if isinstance(term, Variable) else str(self._id(term.nt))

    def _test(self, expression: Expression) -> Iterator[str]:
        if expression.members is not None:
            for variable, constants, positive in expression.members:
                numbers = ";".join(str(self._id(constant.nt)) for constant in constants)
                name = f"in{next(self._numbers)}"
                self._parts.append(f"{name}({numbers}).")
                yield f"{'' if positive else 'not '}{name}({_name(variable)})"
            return
        [variable] = expression.variables
        name = f"test{next(self._numbers)}"
        self._tests.append((name, expression))
        yield f"{name}({_name(variable)})"

    def _holds(self, expression: Expression) -> Iterator[str]:
        [variable] = expression.variables
        rows = " ".join(f"({number} {term})" for number, term in enumerate(self._ids) if not term.startswith("_:"))
        query = f"SELECT ?row_ {{ VALUES (?row_ ?{variable}) {{ {rows} }} FILTER({expression.text}) }}"
        names = list(self._ids)
        return (names[int(solution["row_"].value)] for solution in _ENGINE.query(query))


def _name(variable: str) -> str:
    return f"V_{variable}"


def _value(expression: Expression) -> str:
    [solution] = _ENGINE.query(f"SELECT (({expression.text}) AS ?v) {{}}")
    return str(solution["v"])
