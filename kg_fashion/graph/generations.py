"""A store's folder: numbered generations, of which the file `current` names the one that counts.

A catalogue is loaded into a new generation; when that is complete, `current` is replaced in one step and the former
one is removed. Whatever cuts a load off, `current` names a whole store; what is left over goes with the next load.
"""

import os
import shutil
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import pyoxigraph as ox

_CURRENT = "current"


def current(path: Path) -> Path | None:
    """Return the folder of the generation that counts, None where there is no store."""
    try:
        name = (path / _CURRENT).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return path / name if name.isdigit() and (path / name).is_dir() else None


def begin(path: Path) -> Path:
    """Return the folder for a new generation; remove what a load that was cut off has left."""
    now = current(path)
    for other in path.glob("[0-9]*"):
        if other != now:
            shutil.rmtree(other, ignore_errors=True)
    new = path / f"{int(now.name if now else 0) + 1:06d}"
    new.mkdir(parents=True)
    return new


def publish(new: Path) -> None:
    """Make a complete generation the one that counts, and remove the others."""
    path = new.parent
    pointer = path / f"{_CURRENT}.new"
    with pointer.open("w", encoding="ascii") as stream:
        stream.write(f"{new.name}\n")
        stream.flush()
        os.fsync(stream.fileno())
    pointer.replace(path / _CURRENT)
    for other in path.glob("[0-9]*"):
        if other != new:
            shutil.rmtree(other, ignore_errors=True)


def bulk_load(store: ox.Store, ntriples: Iterable[bytes], graph: ox.NamedNode) -> None:
    """Load blocks of N-Triples into a named graph, as many at once as there are cores.

    Args:
        store: Where to.
        ntriples: Blocks of whole lines.
        graph: The graph.

    Raises:
        OSError: the store cannot be written.
    """
    workers = os.cpu_count() or 1
    waiting: set[Future[None]] = set()
    with ThreadPoolExecutor(workers) as pool:
        for block in ntriples:
            if len(waiting) >= workers:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
            waiting.add(pool.submit(_load_block, store, block, graph))
        for future in waiting:
            future.result()


def _load_block(store: ox.Store, block: bytes, graph: ox.NamedNode) -> None:
    store.bulk_load(block, format=ox.RdfFormat.N_TRIPLES, to_graph=graph, lenient=True)


def bulk_copy(store: ox.Store, ntriples: bytes, graph: ox.NamedNode) -> None:
    """Load N-Triples into a named graph; blank nodes keep their labels, which a bulk load would change."""
    named: list[bytes] = []
    anonymous: list[bytes] = []
    for line in ntriples.splitlines(keepends=True):
        (anonymous if b"_:" in line else named).append(line)
    bulk_load(store, [b"".join(named)], graph)
    quads = ox.parse(b"".join(anonymous), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    store.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, graph) for q in quads)
