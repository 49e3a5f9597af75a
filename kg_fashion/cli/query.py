"""kg-fashion query: SPARQL over a store or a remote endpoint."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, say, table


@guarded
def query(
    sparql: Annotated[str, typer.Argument(help="A SPARQL query, or the path of a .rq file.")],
    store: options.Store = None,
    endpoint: Annotated[str | None, typer.Option(help="Ask this SPARQL endpoint instead.")] = None,
    json: options.Json = False,
) -> None:
    """Ask SPARQL of a store; prefixes such as kgf: are known."""
    from kg_fashion.errors import QueryError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.settings import read_settings

    text = sparql
    if sparql.endswith(".rq"):
        try:
            text = Path(sparql).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise QueryError(f"cannot be read: {error}", path=sparql) from error
    if endpoint is not None:
        from kg_fashion.graph.remote import RemoteGraph

        result = RemoteGraph(endpoint).query(text)
    else:
        folder = read_settings(store=store).store
        if folder is None:
            raise QueryError("give the store's folder with --store, or --endpoint")
        with KnowledgeGraph(folder, read_only=True) as graph:
            result = graph.query(text)
    if json:
        emit_json(result.to_json())
    elif result.boolean is not None:
        say("yes" if result.boolean else "no")
    else:
        table(result.variables or ("subject", "predicate", "object"), result.to_rows())
