"""Which graph a SPARQL update is about, where it names none.

A query sees all graphs as one, but SPARQL Update writes triples without a GRAPH into the unnamed graph, where no
catalogue is. So an operation that names no graph is given one: its data and templates are about that graph, its WHERE
sees all graphs. SPARQL 1.1 Update, section 3.1.3 (WITH, USING).
"""

import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    r"""<[^<>\s]*>|\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[{};]|[?$@]?[\w:.-]+""",
    re.S,
)
_SAYS_WHERE = {"WITH", "USING", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "LOAD"}


def in_graph(update: str, graph: str, visible: Sequence[str]) -> str:
    """Let each operation that names no graph be about one.

    Args:
        update: A SPARQL update; several operations are separated by semicolons.
        graph: The IRI of the graph to write.
        visible: The IRIs of the graphs that a WHERE sees.

    Example:
        >>> print(in_graph("INSERT DATA { <urn:a> a <urn:b> }", "urn:g", []))
        INSERT DATA { GRAPH <urn:g> { <urn:a> a <urn:b> } }
        >>> print(in_graph("DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }", "urn:g", ["urn:g", "urn:h"]))
        WITH <urn:g> DELETE { ?s ?p 1 } USING <urn:g> USING <urn:h> WHERE { ?s ?p 1 }
    """
    return "".join(_scoped(operation, graph, visible) for operation in _operations(update))


def _operations(update: str) -> Iterator[str]:
    depth, start = 0, 0
    for token in _tokens(update):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if token.group() == ";" and depth == 0:
            yield update[start : token.end()]
            start = token.end()
    yield update[start:]


def _tokens(text: str) -> list[re.Match[str]]:
    return [token for token in _TOKEN.finditer(text) if not token.group().startswith("#")]


def _scoped(operation: str, graph: str, visible: Sequence[str]) -> str:
    tokens = _tokens(operation)
    words = [token.group().upper() for token in tokens]
    if _SAYS_WHERE & set(words):
        return operation
    first = next((place for place, word in enumerate(words) if word in ("INSERT", "DELETE")), None)
    if first is None:
        return operation
    if words[first + 1 : first + 2] in (["DATA"], ["WHERE"]) and "GRAPH" in words:
        return operation
    if words[first + 1 : first + 2] in (["DATA"], ["WHERE"]):
        braces = [token.start() for token, word in zip(tokens, words, strict=True) if word in "{}"]
        if len(braces) < 2:
            return operation
        opened, closed = braces[0] + 1, braces[-1]
        inner = f" GRAPH <{graph}> {{{operation[opened:closed]}}} "
        return f"{operation[:opened]}{inner}{operation[closed:]}"
    where = _outermost(words, "WHERE")
    if where is None:
        return operation
    named = "".join(f"USING NAMED <{iri}> " for iri in visible) if "GRAPH" in words else ""
    using = "".join(f"USING <{iri}> " for iri in visible) + named
    start, body = tokens[first].start(), tokens[where].start()
    return f"{operation[:start]}WITH <{graph}> {operation[start:body]}{using}{operation[body:]}"


def _outermost(words: Sequence[str], wanted: str) -> int | None:
    """Return the place of a word outside all braces."""
    depth = 0
    for place, word in enumerate(words):
        depth += {"{": 1, "}": -1}.get(word, 0)
        if word == wanted and depth == 0:
            return place
    return None
