"""What every command shares: output for people and for machines, progress, errors as one line and an exit code."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import typer

from kg_fashion.errors import InputError, KGFashionError

P = ParamSpec("P")
FINDINGS = 3


def progress(text: str) -> None:
    """Say on stderr how far the work is."""
    print(f"  {text}", file=sys.stderr, flush=True)


def say(text: str = "") -> None:
    """Write a line of a result to stdout."""
    print(text, flush=True)


def emit_json(value: Any) -> None:
    """Write a result for machines."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table for people: columns as wide as they need, headings underlined."""
    from rich.cells import cell_len

    texts = [[*map(str, row)] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(header, *texts, strict=True)]
    for row in [list(header), ["-" * width for width in widths], *texts]:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def check_folder(path: Path | None) -> None:
    """Refuse a file that cannot be written before the work is done for it."""
    if path is not None and not path.absolute().parent.is_dir():
        raise InputError("no such folder", path=path.absolute().parent)


def write_text(path: Path, text: str) -> None:
    """Write a result into a file.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=path) from error


def write_json(value: Any, path: Path | None) -> None:
    """Write a result for machines into a file, where one is given.

    Raises:
        InputError: the file cannot be written.
    """
    if path is not None:
        write_text(path, json.dumps(value, indent=2) + "\n")


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas.

    Example:
        >>> names("season, occasion,")
        ('season', 'occasion')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def pair(given: str, refusal: str) -> tuple[str, str]:
    """Return the attribute and the word of attribute=word.

    Raises:
        InputError: there is no word, with the refusal as its message.

    Example:
        >>> pair("material = linen", "no")
        ('material', 'linen')
    """
    attribute, _, word = (part.strip() for part in given.partition("="))
    if not word:
        raise InputError(refusal)
    return attribute, word


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn an error of kg_fashion into one line on stderr and its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KGFashionError as error:
            print(f"kg-fashion: {error}", file=sys.stderr)
            raise typer.Exit(error.exit_code) from error
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(0) from None

    return run
