"""A remote endpoint over real HTTP: SPARQL 1.1 Protocol's query by POST, answered by a real store."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

from kg_fashion import KnowledgeGraph
from kg_fashion.errors import QueryError, RemoteError, TimeLimitError
from kg_fashion.graph.remote import RemoteGraph


class Endpoint(BaseHTTPRequestHandler):
    store = ox.Store()

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path == "/slow":
            threading.Event().wait(3)
        try:
            answer = self.store.query(form["query"][0])
        except SyntaxError as error:
            self.reply(400, "text/plain", str(error).encode())
            return
        if isinstance(answer, ox.QueryTriples):
            self.reply(200, "text/turtle", answer.serialize(format=ox.RdfFormat.TURTLE) or b"")
        else:
            body = answer.serialize(format=ox.QueryResultsFormat.JSON) or b""
            self.reply(500 if self.path == "/broken" else 200, "application/sparql-results+json", body)

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    Endpoint.store.update(
        "PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>"
        " INSERT DATA { <urn:c> a kgf:Coat ; kgf:material kgf:Wool ; kgf:note '大衣'@zh , 1.5 }"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?o { <urn:c> kgf:note ?o } ORDER BY ?o",
        "ASK { ?c a kgf:Coat }",
        "CONSTRUCT WHERE { ?c kgf:material ?m }",
    ],
)
def test_answers_as_the_local_graph_does(url: str, sparql: str) -> None:
    local = KnowledgeGraph()
    local.update("INSERT DATA { <urn:c> a kgf:Coat ; kgf:material kgf:Wool ; kgf:note '大衣'@zh , 1.5 }")
    assert RemoteGraph(f"{url}/query").query(sparql) == local.query(sparql)


def test_errors_are_told(url: str) -> None:
    with pytest.raises(QueryError, match="malformed"):
        RemoteGraph(f"{url}/query").query("SELECT ?s { ?s ?p }")
    with pytest.raises(RemoteError):
        RemoteGraph(f"{url}/broken").query("ASK { ?s ?p ?o }")
    with pytest.raises(TimeLimitError, match="within 1 s"):
        RemoteGraph(f"{url}/slow", timeout_s=1).query("ASK { ?s ?p ?o }")
    with pytest.raises(RemoteError):
        RemoteGraph("http://127.0.0.1:9/").query("ASK { ?s ?p ?o }")
    with pytest.raises(RemoteError, match="not an http"):
        RemoteGraph("file:///etc/passwd")
