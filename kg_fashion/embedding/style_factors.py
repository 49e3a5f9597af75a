"""Learns the directions of a style space: blocks of factors, one block an attribute, that keep out of each other's way.

The vectors are whitened first, so that orthogonal directions are uncorrelated ones. Then, over batches of garments,
Adam lowers three sums together:

- what the blocks do not tell: the cross-entropy of each attribute, read from its own block by a linear softmax;
- overlap: ||W_i^T W_j||_F^2 between blocks, and ||W_i^T W_i - I||_F^2 within one, which fixes the scale. The soft
  orthogonality of Bousmalis et al. 2016, "Domain Separation Networks", eq. 5, and Brock et al. 2017, "Neural Photo
  Editing with Introspective Adversarial Networks", section 3.3;
- leakage: of the variance that is left in a block once its own attribute is known, the share that another attribute
  explains. Equal means for every value are what keeps a linear probe at chance (Belrose et al. 2023, "LEACE: Perfect
  linear concept erasure in closed form", theorem 3.1). It is quadratic in W, so it is summed over all garments once.

That garments of one type tend to one season is a fact about garments; leakage counts what goes beyond such facts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float32]
_SHRINKAGE = 1e-3
_HEAD_DECAY = 1e-4


@dataclass(frozen=True)
class StyleSettings:
    """How to learn a style space.

    Attributes:
        factors: The most factors of an attribute's block; one of n values gets no more than n - 1.
        rest: Factors of the block for what no attribute claims.
        orthogonality: The weight of the overlap between blocks.
        leakage: The weight of what a block tells of other attributes beyond its own.
        steps: Of the optimiser.
        batch_size: Garments in a step.
        learning_rate: Of Adam at the start; it falls to zero along half a cosine.
    """

    factors: int = 16
    rest: int = 16
    orthogonality: float = 1.0
    leakage: float = 0.3
    steps: int = 300
    batch_size: int = 2048
    learning_rate: float = 2e-2


@dataclass(frozen=True)
class Whitening:
    """Turns vectors into uncorrelated ones of about unit variance, and back.

    Attributes:
        mean: Shape (dim,).
        forward: Shape (dim, rank).
        back: Shape (rank, dim); forward times back is the projection on what the vectors span.
    """

    mean: Array
    forward: Array
    back: Array


def whiten(vectors: Array) -> Whitening:
    """Fit a whitening to vectors, shape (n, dim); directions with next to no variance are left out.

    Example:
        >>> drawn = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32) @ np.diag([3, 1, 0])
        >>> own = whiten(drawn.astype(np.float32))
        >>> own.forward.shape, ((drawn - own.mean) @ own.forward).std(axis=0).round(2).tolist()
        ((3, 2), [1.0, 1.0])
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / len(vectors))
    kept = variances > 1e-6 * variances.max()
    scale = np.sqrt(variances[kept] + _SHRINKAGE * variances[kept].mean())
    forward, back = directions[:, kept] / scale, (directions[:, kept] * scale).T
    return Whitening(mean.astype(np.float32), forward.astype(np.float32), back.astype(np.float32))


def leakage_forms(white: Array, labels: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
    """Return for each attribute the two quadratic forms whose ratio is its block's leakage.

    With R = U - E[U | own value], `between` is the sum over the other attributes and their values v of
    p(v) E[R | v] E[R | v]^T, and `within` is E[R R^T].

    Args:
        white: Whitened vectors U, shape (n, rank).
        labels: Attribute -> distributions, shape (n, n_values); rows of zeros where nothing is known.

    Returns:
        Attribute -> (between, within), each of shape (rank, rank).
    """
    forms = {}
    for own, matrix in labels.items():
        residual = white - matrix @ _means(white, matrix)
        known = matrix.sum(axis=1) > 0
        within = residual[known].T @ residual[known] / max(1, known.sum())
        between = np.zeros_like(within)
        for other, theirs in labels.items():
            if other != own:
                both = theirs * known[:, None]
                share = both.sum(axis=0) / max(1.0, float(both.sum()))
                means = _means(residual, both)
                between += (means * share[:, None]).T @ means
        forms[own] = (between.astype(np.float32), within.astype(np.float32))
    return forms


def _means(rows: Array, labels: Array) -> Array:
    """Return the mean of the rows that have each value, shape (n_values, n_columns); zeros for a value of none."""
    counts = labels.sum(axis=0)
    return np.asarray(labels.T @ rows / np.maximum(counts, 1e-9)[:, None], dtype=np.float32)


def overlap(directions: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return how much blocks overlap: (between them, each with the identity), squared Frobenius norms.

    Args:
        directions: Block -> W, shape (rank, n_factors).

    Example:
        >>> between, within = overlap({"a": torch.tensor([[1.0], [0.0]]), "b": torch.tensor([[0.6], [0.8]])})
        >>> round(float(between), 4), round(float(within), 4)
        (0.36, 0.0)
    """
    own = list(directions.values())
    gram = torch.cat(own, dim=1).T @ torch.cat(own, dim=1)
    block = torch.repeat_interleave(torch.arange(len(own)), torch.tensor([w.shape[1] for w in own]))
    inside = (block[:, None] == block).float()
    excess = (gram - torch.eye(len(gram))).square()
    return (excess * (1 - inside)).sum() / 2, (excess * inside).sum()


def learn_directions(
    white: Array,
    labels: Mapping[str, Array],
    *,
    settings: StyleSettings,
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Array]:
    """Learn each attribute's block of directions among whitened vectors.

    Args:
        white: Whitened vectors, shape (n, rank).
        labels: Attribute -> distributions over its values, shape (n, n_values); zeros where nothing is known.
        settings: How to learn.
        seed: Of every random choice.
        progress: Called with a line of text at the end.

    Returns:
        Attribute -> W, shape (rank, n_factors).
    """
    generator = torch.Generator().manual_seed(seed)
    rank = white.shape[1]
    widths = {name: min(settings.factors, matrix.shape[1] - 1) for name, matrix in labels.items()}
    directions = {n: _drawn(generator, rank, width).div_(rank**0.5).requires_grad_() for n, width in widths.items()}
    heads = {n: torch.zeros(widths[n] + 1, labels[n].shape[1], requires_grad=True) for n in labels}
    forms = {n: (torch.from_numpy(b), torch.from_numpy(w)) for n, (b, w) in leakage_forms(white, labels).items()}
    inputs, truth = torch.from_numpy(white), {n: torch.from_numpy(matrix) for n, matrix in labels.items()}
    optimizer = torch.optim.Adam([*directions.values(), *heads.values()], lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.steps)
    for _ in range(settings.steps):
        rows = torch.randint(len(inputs), (min(settings.batch_size, len(inputs)),), generator=generator)
        batch = inputs[rows]
        told = _sum(_untold(batch @ directions[n], heads[n], truth[n][rows]) for n in labels)
        between, within = overlap(directions)
        leaked = _sum(_ratio(directions[n], *forms[n]) for n in labels)
        loss = told + settings.orthogonality * between + within + settings.leakage * leaked
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
    if progress is not None:
        progress(
            f"style space: cross-entropy {told.item():.3f}, overlap {between.item():.3f}, leakage {leaked.item():.3f}"
        )
    return {name: own.detach().numpy() for name, own in directions.items()}


def _sum(terms: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(terms)).sum()


def _drawn(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    return torch.randn(rows, columns, generator=generator)


def _untold(factors: Tensor, head: Tensor, truth: Tensor) -> Tensor:
    """Return the cross-entropy of an attribute's values given its block, in nats; a garment without one counts 0."""
    log_p = (factors @ head[:-1] + head[-1]).log_softmax(dim=1)
    return -(truth * log_p).sum() / truth.sum().clamp(min=1) + _HEAD_DECAY * head.square().sum()


def _ratio(directions: Tensor, between: Tensor, within: Tensor) -> Tensor:
    over = (directions.T @ between @ directions).trace()
    return over / (directions.T @ within @ directions).trace().clamp(min=1e-6)


def rest_directions(named: Array, white: Array, labels: Mapping[str, Array], n: int) -> Array:
    """Return directions for what no attribute claims: of those that the named blocks leave, the least explained ones.

    Args:
        named: The named blocks' directions side by side, shape (rank, n_factors).
        white: Whitened vectors, shape (n_garments, rank).
        labels: Attribute -> distributions over its values, shape (n_garments, n_values).
        n: How many are wanted; there may be fewer.

    Returns:
        Shape (rank, at most n); orthonormal, and orthogonal to the named ones.
    """
    complement = np.linalg.qr(named, mode="complete").Q[:, named.shape[1] :]
    explained = np.zeros((complement.shape[1],) * 2, dtype=np.float64)
    for own in labels.values():
        means = _means(white, own) @ complement
        explained += (means * (own.sum(axis=0) / own.sum())[:, None]).T @ means
    return np.asarray(complement @ np.linalg.eigh(explained).eigenvectors[:, :n], dtype=np.float32)
