"""A remote SPARQL endpoint behind the same `query` as the local graph.

SPARQL 1.1 Protocol: https://www.w3.org/TR/sparql11-protocol/, spoken through SPARQLWrapper.
"""

from urllib.error import URLError

import pyoxigraph as ox
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from kg_fashion import terms
from kg_fashion.errors import QueryError, RemoteError, TimeLimitError
from kg_fashion.graph.result import Result


class RemoteGraph:
    """A SPARQL endpoint that is asked over HTTP.

    Args:
        url: The endpoint's query URL, http or https.
        timeout_s: Seconds to wait for an answer.

    Raises:
        RemoteError: `url` is not an http or https address.
    """

    def __init__(self, url: str, *, timeout_s: int = 30) -> None:
        if not url.startswith(("http://", "https://")):
            raise RemoteError(f"not an http or https address: {url}")
        self.url = url
        self.timeout_s = timeout_s

    def query(self, sparql: str) -> Result:
        """Run a SPARQL query there; the prefixes of `terms.PREFIXES` are known.

        Raises:
            QueryError: the endpoint calls the query malformed.
            RemoteError: it cannot be reached or answers with an error.
            TimeLimitError: no answer within `timeout_s` seconds.
        """
        client = SPARQLWrapper(self.url)
        client.setMethod(POST)
        client.setTimeout(self.timeout_s)
        client.setQuery(terms.PROLOGUE + sparql)
        graph_form = client.queryType in ("CONSTRUCT", "DESCRIBE")
        client.setReturnFormat(TURTLE if graph_form else JSON)
        try:
            answer = client.query()
            if graph_form:
                return Result(
                    triples=tuple(q.triple for q in ox.parse(answer.response.read(), format=ox.RdfFormat.TURTLE))
                )
            return Result.from_json(answer.convert())
        except QueryBadFormed as error:
            raise QueryError(f"{self.url} calls the query malformed: {_first_line(error)}") from error
        except TimeoutError as error:
            raise TimeLimitError(f"no answer from {self.url} within {self.timeout_s} s") from error
        except (SPARQLWrapperException, URLError, OSError, ValueError) as error:
            raise RemoteError(f"{self.url}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__).strip()
