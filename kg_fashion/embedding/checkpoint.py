"""Where training stands, in one safetensors file, so that it can go on where it was stopped, with the same result.

PyKEEN's own checkpoints are pickles, which run code when they are read; so parameters, the optimiser's state and the
state of the random numbers are written as tensors, and the rest as text in the file's header. A file is replaced as a
whole, never left half written.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from kg_fashion.errors import ModelError

_EVERY = 30.0
"""Seconds between two files; the last epoch is always written."""


@dataclass(frozen=True)
class Standing:
    """Where training stands.

    Attributes:
        epoch: Epochs that are done.
        losses: The mean loss of each.
        tensors: Parameters, the optimiser's state, the state of the random numbers.
    """

    epoch: int
    losses: tuple[float, ...]
    tensors: Mapping[str, Tensor]


class Checkpoint:
    """A file for one training.

    Args:
        path: The file; its folder is made.
        task: What is trained, and on what, as a digest: what another task left is not gone on with.

    Example:
        >>> import torch
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "all.safetensors"
        ...     Checkpoint(file, "a").write(Standing(1, (0.5,), {"x": torch.zeros(2)}), last=True)
        ...     Checkpoint(file, "a").read().epoch, Checkpoint(file, "b").read()
        (1, None)
    """

    def __init__(self, path: Path, task: str) -> None:
        self._path = path
        self._task = task
        self._written = monotonic()

    def write(self, standing: Standing, *, last: bool) -> None:
        """Write where training stands, where it is time to, or where it was the last epoch."""
        if not last and monotonic() - self._written < _EVERY:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        about = {"task": self._task, "epoch": str(standing.epoch), "losses": json.dumps(standing.losses)}
        beside = self._path.with_suffix(".part")
        save_file({name: own.contiguous() for name, own in standing.tensors.items()}, beside, metadata=about)
        beside.replace(self._path)
        self._written = monotonic()

    def read(self) -> Standing | None:
        """Return where training stands; None where there is no file, or one of another task.

        Raises:
            ModelError: the file is broken.
        """
        if not self._path.exists():
            return None
        try:
            with safe_open(self._path, framework="pt") as file:
                about = file.metadata() or {}
                if about.get("task") != self._task:
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
                return Standing(int(about["epoch"]), tuple(json.loads(about["losses"])), tensors)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelError(f"not a readable checkpoint: {error}; delete it to train anew", path=self._path) from error
