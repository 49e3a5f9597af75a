"""A load that is cut off, wherever, leaves a store that opens and holds the one catalogue or the other."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_fashion import KnowledgeGraph
from kg_fashion.errors import StoreError
from kg_fashion.terms import CATALOGUE_GRAPH, RULES_GRAPH


def block(name: str, count: int) -> bytes:
    return b"".join(f'<urn:{name}{number}> <urn:p> "{name}" .\n'.encode() for number in range(count))


def names(store: Path) -> set[str]:
    with KnowledgeGraph(store, read_only=True) as graph:
        return {row[0] for row in graph.query("SELECT DISTINCT ?o { ?s <urn:p> ?o }").to_rows()}


def test_a_load_replaces_the_catalogue_and_keeps_other_graphs(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with KnowledgeGraph(store) as graph:
        assert graph.load_catalogue([block("a", 5)]) == 5
        graph.update("INSERT DATA { GRAPH <urn:mine> { <urn:s> <urn:q> 1 } }")
        graph.update(f"INSERT DATA {{ GRAPH <{RULES_GRAPH}> {{ <urn:s> <urn:q> 1 }} }}")
        revision = graph.revision
        assert graph.load_catalogue([block("b", 3), block("c", 2)]) == 5
        assert graph.revision > revision
        assert (graph.count("urn:mine"), graph.count(RULES_GRAPH), graph.count(CATALOGUE_GRAPH)) == (1, 0, 5)
    assert names(store) == {"b", "c"}
    assert len([path for path in store.iterdir() if path.is_dir()]) == 1


def test_a_load_that_fails_midway_changes_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield block("b", 1_000)
        raise RuntimeError("the reader failed")

    store = tmp_path / "store"
    with KnowledgeGraph(store) as graph:
        graph.load_catalogue([block("a", 5)])
        with pytest.raises(RuntimeError):
            graph.load_catalogue(broken())
        assert graph.count(CATALOGUE_GRAPH) == 5
        assert graph.load_catalogue([block("c", 4)]) == 4
    assert names(store) == {"c"}


LOADER = """
import sys
from pathlib import Path
from kg_fashion import KnowledgeGraph
def blocks():
    for part in range(30):
        yield b"".join(f'<urn:b{part}-{n}> <urn:p> "b" .\\n'.encode() for n in range(2000))
with KnowledgeGraph(Path(sys.argv[1])) as graph:
    print("open", flush=True)
    graph.load_catalogue(blocks())
    print("done", flush=True)
"""


def test_kill_9_during_a_load_leaves_the_one_or_the_other(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with KnowledgeGraph(store) as graph:
        graph.load_catalogue([block("a", 5)])
    draw = random.Random(0)
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", LOADER, str(store)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(draw.uniform(0, 0.5))
        process.kill()
        said = process.stdout.read()
        process.stdout.close()
        process.wait()
        found = names(store)
        assert found in ({"a"}, {"b"})
        assert found == {"b"} or "done" not in said
        with KnowledgeGraph(store, read_only=True) as graph:
            assert graph.count(CATALOGUE_GRAPH) in (5, 60_000)
        with KnowledgeGraph(store) as graph:
            graph.load_catalogue([block("a", 5)])


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with KnowledgeGraph(store) as graph:
        graph.load_catalogue([block("a", 5)])
    for path in store.glob("0*/MANIFEST-*"):
        path.write_bytes(b"x" * 100)
    with pytest.raises(StoreError, match=r"damaged|cannot be opened"):
        KnowledgeGraph(store, read_only=True)
