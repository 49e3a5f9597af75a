"""SPARQL-RL as SPARQL CONSTRUCT, by its text alone, so that peers do not depend on our parser.

`NOT { }` becomes `FILTER NOT EXISTS { }`, `SET ( ?v := e )` becomes `BIND ( e AS ?v )`, and what looks at the base
alone (`WHERE DATA`, `NOT DATA`) looks into the named graph <urn:base>.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

BASE = "urn:base"
_RULE = re.compile(r"\bRULE\s+(\S+)\s*\{")
_WHERE = re.compile(r"\s*WHERE\s*(DATA\s*)?\{")
_SET = re.compile(r"\bSET\s*\(\s*(\?\w+)\s*:=")


@dataclass(frozen=True)
class Construct:
    """One rule.

    Attributes:
        name: The rule's name as it is written.
        prologue: The PREFIX lines.
        head: The templates.
        body: The graph pattern.
    """

    name: str
    prologue: str
    head: str
    body: str

    @property
    def query(self) -> str:
        """The rule as a CONSTRUCT query."""
        return f"{self.prologue}\nCONSTRUCT {{ {self.head} }} WHERE {{ {self.body} }}"

    @property
    def update(self) -> str:
        """The rule as an INSERT."""
        return f"{self.prologue}\nINSERT {{ {self.head} }} WHERE {{ {self.body} }}"


def read_constructs(text: str) -> list[Construct]:
    """Translate the rules of a SPARQL-RL text.

    Example:
        >>> [rule] = read_constructs("RULE :r { ?x :q ?v } WHERE { ?x :p ?y . SET ( ?v := STR(?y) ) NOT { ?y :p ?x } }")
        >>> rule.body
        '?x :p ?y . BIND ( STR(?y) AS ?v ) FILTER NOT EXISTS { ?y :p ?x }'
    """
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    prologue = "\n".join(re.findall(r"(?m)^PREFIX[^\n]*", text))
    found = []
    for start in _RULE.finditer(text):
        head, after = _braced(text, start.end())
        where = _WHERE.match(text, after)
        if where is None:
            raise ValueError(f"no WHERE after the head of {start[1]}")
        body, _ = _braced(text, where.end())
        body = _negations(_assignments(body))
        if where[1]:
            body = f"GRAPH <{BASE}> {{ {body} }}"
        found.append(Construct(start[1], prologue, head.strip(), body.strip()))
    return found


def strata_of(rules: Iterable[Construct], names: Sequence[Sequence[str]]) -> list[list[Construct]]:
    """Order rules into strata that are given by the rules' names."""
    by_name = {rule.name: rule for rule in rules}
    return [[by_name[name] for name in stratum] for stratum in names]


def to_fixpoint(
    strata: Iterable[Iterable[Construct]], fire: Callable[[Construct], None], size: Callable[[], int]
) -> None:
    """Fire the rules of each stratum in turn until the graph no longer grows."""
    for stratum in strata:
        rules, before = list(stratum), -1
        while size() != before:
            before = size()
            for rule in rules:
                fire(rule)


def _braced(text: str, start: int) -> tuple[str, int]:
    """Return the text up to the brace that closes the one before `start`, and the place after it."""
    depth, place = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
    return text[start : place - 1], place


def _assignments(body: str) -> str:
    while found := _SET.search(body):
        depth, place = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(body[place], 0)
            place += 1
        expression = body[found.end() : place - 1].strip()
        body = f"{body[: found.start()]}BIND ( {expression} AS {found[1]} ){body[place:]}"
    return body


def _negations(body: str) -> str:
    while found := re.search(r"(?<!FILTER )\bNOT\s*DATA\s*\{", body):
        inner, after = _braced(body, found.end())
        body = f"{body[: found.start()]}FILTER NOT EXISTS {{ GRAPH <{BASE}> {{ {inner} }} }}{body[after:]}"
    return re.sub(r"(?<!FILTER )\bNOT\s*\{", "FILTER NOT EXISTS {", body)
