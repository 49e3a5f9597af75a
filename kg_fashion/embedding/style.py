"""The style space: garments' vectors turned into named blocks of factors, and back.

Z = (x - mean) M has one block of columns for each attribute and one, "rest", for what no attribute claims. What a
block says can be read, compared, and moved by itself: "this coat, in the colour of that one". Because Z is linear in x,
a move in one block is a step in x that leaves every other block exactly where it was.

It works on arrays: any vectors do, here those that `AttributeInferrer.vectors` composes from all that is known.
`style_factors.py` learns the directions; `style_probes.py` says how far apart they keep the attributes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kg_fashion.embedding.style_factors import StyleSettings, learn_directions, rest_directions, whiten
from kg_fashion.errors import ModelError, NotTrainedError, UnknownNameError, did_you_mean

Array = NDArray[np.float32]
REST = "rest"
_TENSORS = "style.safetensors"
_DESCRIPTION = "style.json"


@dataclass(frozen=True)
class Block:
    """A block of factors.

    Attributes:
        name: The attribute that it is about, or "rest".
        start: Its first column in Z.
        stop: The column after its last.
        values: The IRIs of the attribute's values; none for "rest".
    """

    name: str
    start: int
    stop: int
    values: tuple[str, ...] = ()


class StyleSpace:
    """A style space; made by `fit` or `load`.

    Args:
        settings: How it was learned.
        blocks: The blocks in the order of their columns.
        tensors: `mean` (dim,), `matrix` M (dim, n_factors), `back` (n_factors, dim) with back M = I,
            `centroids` (n_values of all blocks, n_factors); float32.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> colour, sleeve = np.eye(3, dtype=np.float32)[rng.integers(3, size=300)], rng.integers(2, size=300)
        >>> sleeve = np.eye(2, dtype=np.float32)[sleeve]
        >>> vectors = np.hstack([colour @ rng.normal(size=(3, 6)) + sleeve @ rng.normal(size=(2, 6))])
        >>> vectors = (vectors + 0.1 * rng.normal(size=vectors.shape)).astype(np.float32)
        >>> space = StyleSpace.fit(
        ...     vectors, {"colour": colour, "sleeve": sleeve}, {"colour": ("red", "blue", "grey"), "sleeve": ("s", "l")}
        ... )
        >>> {name: own.shape for name, own in space.factors(vectors[:5]).items()}
        {'colour': (5, 2), 'sleeve': (5, 1), 'rest': (5, 3)}
        >>> blue = space.move(vectors[:5], "colour", "blue")
        >>> bool(np.allclose(space.factors(blue)["sleeve"], space.factors(vectors[:5])["sleeve"], atol=1e-4))
        True
        >>> nearest, _ = space.nearest(blue[0], vectors, blocks=("colour",), k=3)
        >>> colour[nearest].argmax(axis=1).tolist()
        [1, 1, 1]
    """

    def __init__(self, settings: StyleSettings, blocks: Sequence[Block], tensors: Mapping[str, Array]) -> None:
        self.settings = settings
        self.blocks = {block.name: block for block in blocks}
        self.tensors = dict(tensors)

    @classmethod
    def fit(
        cls,
        vectors: Array,
        labels: Mapping[str, Array],
        values: Mapping[str, tuple[str, ...]],
        *,
        settings: StyleSettings | None = None,
        seed: int = 0,
        progress: Callable[[str], None] | None = None,
    ) -> Self:
        """Learn a style space.

        Args:
            vectors: Garments' vectors, shape (n, dim), float32.
            labels: Attribute -> what is known, shape (n, n_values); rows sum to 1 or, where nothing is known, to 0.
            values: Attribute -> the IRIs of its values, in the columns' order.
            settings: How to learn.
            seed: Of every random choice.
            progress: Called with a line of text at the end.

        Raises:
            NotTrainedError: an attribute has fewer than two values, or the vectors have too few dimensions.
        """
        chosen = settings or StyleSettings()
        whitening = whiten(vectors)
        white = np.asarray((vectors - whitening.mean) @ whitening.forward, dtype=np.float32)
        _check(labels, white.shape[1], chosen)
        named = learn_directions(white, labels, settings=chosen, seed=seed, progress=progress)
        beside = np.hstack(list(named.values()))
        rest = rest_directions(beside, white, labels, chosen.rest)
        directions = np.hstack([beside, rest])
        matrix = whitening.forward @ directions
        factors = np.asarray((vectors - whitening.mean) @ matrix, dtype=np.float32)
        tensors: dict[str, Array] = {
            "mean": whitening.mean,
            "matrix": np.ascontiguousarray(matrix),
            "back": np.ascontiguousarray(np.linalg.pinv(directions) @ whitening.back),
            "centroids": np.vstack([_centroids(factors, own) for own in labels.values()]),
        }
        widths = {**{name: own.shape[1] for name, own in named.items()}, REST: rest.shape[1]}
        return cls(chosen, _blocks(widths, values), tensors)

    def factors(self, vectors: Array) -> dict[str, Array]:
        """Return what each block says of each garment.

        Args:
            vectors: Shape (n, dim).

        Returns:
            Block -> factors, shape (n, n_factors of the block), float32.
        """
        everything = np.asarray((vectors - self.tensors["mean"]) @ self.tensors["matrix"], dtype=np.float32)
        return {block.name: everything[:, block.start : block.stop] for block in self.blocks.values()}

    def move(self, vectors: Array, block: str, towards: str | Array, *, share: float = 1.0) -> Array:
        """Move garments within one block; every other block stays.

        Args:
            vectors: The garments, shape (n, dim).
            block: The block to move in.
            towards: A value's IRI (its garments' centroid), or another garment's vector, shape (dim,).
            share: How far to go: 0 stays, 1 arrives, more goes beyond.

        Returns:
            The moved garments' vectors, shape (n, dim), float32; among real garments use `nearest` to find them.

        Raises:
            UnknownNameError: there is no such block, or no such value in it.
        """
        own = self._block(block)
        goal = self._centroid(own, towards) if isinstance(towards, str) else self.factors(towards[None])[block][0]
        step = share * (goal - self.factors(vectors)[block])
        return np.asarray(vectors + step @ self.tensors["back"][own.start : own.stop], dtype=np.float32)

    def nearest(
        self, vector: Array, among: Array, *, blocks: Sequence[str] | None = None, k: int = 10
    ) -> tuple[NDArray[np.int64], Array]:
        """Find the garments that are most like one, in some blocks or in all.

        Args:
            vector: The garment, shape (dim,).
            among: The garments to choose from, shape (n, dim).
            blocks: The blocks that count; all by default.
            k: How many to find.

        Returns:
            Their positions in `among` and their cosine similarities, both of shape (at most k,), most similar first.

        Raises:
            UnknownNameError: there is no such block.
        """
        chosen = [self._block(name).name for name in blocks] if blocks is not None else list(self.blocks)
        own, others = self.factors(vector[None]), self.factors(among)
        similarity = cosine(np.hstack([own[n] for n in chosen]), np.hstack([others[n] for n in chosen]))
        order = np.argsort(-similarity, kind="stable")[:k]
        return order, similarity[order]

    def _block(self, name: str) -> Block:
        if name not in self.blocks:
            raise UnknownNameError(f"no block {name!r} in the style space{did_you_mean(name, self.blocks)}")
        return self.blocks[name]

    def _centroid(self, block: Block, value: str) -> Array:
        if value not in block.values:
            hint = did_you_mean(value, block.values)
            raise UnknownNameError(f"no value {value!r} in the block {block.name!r}{hint}", iri=value)
        before = 0
        for other in self.blocks.values():
            if other.name == block.name:
                break
            before += len(other.values)
        row: Array = self.tensors["centroids"][before + block.values.index(value)]
        return row[block.start : block.stop]

    def save(self, folder: Path) -> None:
        """Write the space into a folder: tensors as safetensors, the rest as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.tensors, folder / _TENSORS)
        about = {"settings": asdict(self.settings), "blocks": [asdict(block) for block in self.blocks.values()]}
        (folder / _DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a space back.

        Raises:
            ModelError: a file is missing or broken.
        """
        try:
            about = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
            tensors = load_file(folder / _TENSORS)
            blocks = [Block(o["name"], o["start"], o["stop"], tuple(o["values"])) for o in about["blocks"]]
            if tensors["matrix"].shape[1] != blocks[-1].stop:
                raise ModelError("the blocks do not fit the tensors; fit the style space again", path=folder)
            return cls(StyleSettings(**about["settings"]), blocks, tensors)
        except (OSError, ValueError, KeyError, TypeError, IndexError, SafetensorError) as error:
            raise ModelError(f"not a readable style space: {error}", path=folder) from error


def cosine(left: Array, right: Array) -> Array:
    """Return the cosine of rows with rows, one by one; one row on a side is compared with all. Zero vectors give 0.

    Example:
        >>> cosine(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 3.0], [0.0, 0.0]])).tolist()
        [1.0, 0.0, 0.0]
    """
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / np.maximum(lengths, 1e-12))


def _check(labels: Mapping[str, Array], rank: int, settings: StyleSettings) -> None:
    for name, own in labels.items():
        if (own.sum(axis=0) > 0).sum() < 2:
            raise NotTrainedError(f"{name} has fewer than two values here: leave it out of the style space")
    wanted = sum(min(settings.factors, own.shape[1] - 1) for own in labels.values())
    if wanted > rank:
        raise NotTrainedError(
            f"{wanted} factors do not fit into vectors that span {rank} dimensions: name fewer attributes or factors"
        )


def _centroids(factors: Array, labels: Array) -> Array:
    counts = np.maximum(labels.sum(axis=0), 1e-9)
    return np.asarray(labels.T @ factors / counts[:, None], dtype=np.float32)


def _blocks(widths: Mapping[str, int], values: Mapping[str, tuple[str, ...]]) -> list[Block]:
    ends = np.cumsum(list(widths.values())).tolist()
    return [Block(n, end - width, end, values.get(n, ())) for (n, width), end in zip(widths.items(), ends, strict=True)]
