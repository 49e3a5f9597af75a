"""kg-fashion remove, update: change what a store asserts, and what follows from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, progress, say

if TYPE_CHECKING:
    from kg_fashion.reasoning import Change, LiveGraph
    from kg_fashion.settings import Settings


@guarded
def remove(
    garments: Annotated[list[str], typer.Argument(help="The garments' identifiers.")],
    store: options.Store = None,
    rules: options.RulesPath = None,
    json: options.Json = False,
) -> None:
    """Remove garments from a store, with what was derived about them."""
    from kg_fashion.errors import UnknownNameError
    from kg_fashion.settings import read_settings

    with live_graph(read_settings(store=store, rules=rules)) as live:
        unknown = live.unknown_garments(garments)
        if unknown:
            raise UnknownNameError(f"no garment {', '.join(unknown)} in the store; nothing was removed")
        tell(live.remove_garments(garments), f"{len(garments):,} garments removed", json=json)


@guarded
def update(
    sparql: Annotated[str, typer.Argument(help="A SPARQL update, such as INSERT DATA { ... }.")],
    store: options.Store = None,
    rules: options.RulesPath = None,
    json: options.Json = False,
) -> None:
    """Change a store by SPARQL Update, and what follows; an update that names no graph is about the catalogue."""
    from kg_fashion.settings import read_settings

    with live_graph(read_settings(store=store, rules=rules)) as live:
        tell(live.update(sparql), "updated", json=json)


@contextmanager
def live_graph(settings: "Settings") -> "Iterator[LiveGraph]":
    """Open the store of the settings for a change."""
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.reasoning import LiveGraph

    if settings.store is None:
        raise InputError("give the store's folder with --store")
    KnowledgeGraph(settings.store, read_only=True).close()
    with (
        KnowledgeGraph(settings.store) as graph,
        LiveGraph(graph, rules_from=settings.rules, progress=progress) as live,
    ):
        yield live


def tell(change: "Change", what: str, *, json: bool) -> None:
    """Tell what a change made of the closure, and how long the derivation took."""
    added, removed = (sum(map(len, facts.values())) for facts in (change.added, change.removed))
    if json:
        emit_json({"added": added, "removed": removed, "seconds": round(change.seconds, 4)})
    else:
        spent = f"derived in {1000 * change.seconds:,.1f} ms"
        say(f"{what}: {added:,} triples more and {removed:,} fewer hold now ({spent})")
