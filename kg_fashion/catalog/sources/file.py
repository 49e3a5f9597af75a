"""A catalogue's file as a stream of UTF-8 bytes: decompressed, recoded, and readable twice even from a pipe."""

import bz2
import codecs
import gzip
import io
import lzma
import shutil
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Final

from backports import zstd

from kg_fashion.errors import CatalogueError

BROKEN: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, zstd.ZstdError, zipfile.BadZipFile)
"""What reading a damaged compressed file raises."""

_BLOCK = 1 << 16
_SNIFFED = 1 << 16
UTF8_BOM: Final = codecs.BOM_UTF8
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OPENERS = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", zstd.open),
)
_COMPRESSED = {".gz", ".bz2", ".xz", ".zst", ".zip"}

_MARK = "kg_fashion.mark"
codecs.register_error(_MARK, lambda error: ("\udcff", getattr(error, "end", 1)))
"""An undecodable byte becomes one that is not UTF-8, so that the row that holds it is reported."""


class SourceFile:
    """A file to read a catalogue from.

    Args:
        path: The file; "-" is standard input, which is kept in a temporary file while this object lives.
        encoding: Its encoding; UTF-8, or what its byte order mark says, where "".

    Attributes:
        path: What the user called it, for messages.
        encoding: The encoding that it is read with.

    Raises:
        CatalogueError: no such file, a folder, an unknown encoding, or not readable.
    """

    def __init__(self, path: Path | str, encoding: str = "") -> None:
        self.path = Path(path)
        self._spool = _spool(sys.stdin.buffer) if str(path) == "-" else None
        self._real = Path(self._spool.name) if self._spool else self.path
        if self._real.is_dir() or not self._real.exists():
            what = "is a folder; give a file" if self._real.is_dir() else "no such file"
            raise CatalogueError(what, path=self.path)
        head = self.head()
        marked = next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")
        self.encoding = _known(encoding, self.path) if encoding else marked
        self._old_mac = self.encoding == "utf-8" and b"\r" in head and b"\n" not in head

    @property
    def name(self) -> str:
        """Its name without suffixes; "stdin" for standard input."""
        return self.path.name.split(".")[0] if self._spool is None else "stdin"

    @property
    def suffix(self) -> str:
        """The lower-case suffix of its name, without that of its compression."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        return next((suffix for suffix in reversed(suffixes) if suffix not in _COMPRESSED), "")

    @property
    def has_bom(self) -> bool:
        """Whether it starts with a UTF-8 byte order mark."""
        return self.head().startswith(UTF8_BOM)

    def head(self) -> bytes:
        """Return its first 64 KiB, or what can be read of them, decompressed but not recoded.

        Raises:
            CatalogueError: nothing of it can be read.
        """
        found = b""
        try:
            with self._decompressed() as stream:
                while len(found) < _SNIFFED and (block := stream.read1(_SNIFFED)):
                    found += block
        except BROKEN as error:
            if not found:
                raise CatalogueError(f"cannot be read: {_reason(error)}", path=self.path) from error
        return found

    @property
    def plain(self) -> Path | None:
        """The file itself where it is not compressed: for readers that need to seek."""
        with self._real.open("rb") as stream:
            return None if _opener(stream.read(8)) else self._real

    def open(self) -> IO[bytes]:
        """Open it as UTF-8 without a byte order mark; bytes that are not of its encoding stay broken."""
        stream = self._decompressed()
        if self.encoding != "utf-8" or self._old_mac:
            return io.BufferedReader(_Recoded(stream, self.encoding, self._old_mac), _BLOCK)
        if stream.peek(3)[:3] == UTF8_BOM:
            stream.read(3)
        return stream

    def _decompressed(self) -> io.BufferedReader:
        raw = self._real.open("rb")
        opener = _opener(raw.peek(8))
        if opener is None:
            return raw
        raw.close()
        return io.BufferedReader(_Unpacked(opener(self._real, "rb")), _BLOCK)


def _opener(magic: bytes):  # type: ignore[no-untyped-def]
    if magic.startswith(b"PK\x03\x04"):
        return _open_zip
    return next((opener for mark, opener in _OPENERS if magic.startswith(mark)), None)


def _open_zip(path: Path, _mode: str) -> IO[bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if len(names) != 1:
            raise zipfile.BadZipFile(f"a zip archive of {len(names)} files; give one of one file")
        return archive.open(names[0])


def _spool(stream: IO[bytes]) -> "tempfile._TemporaryFileWrapper[bytes]":
    spool = tempfile.NamedTemporaryFile(prefix="kg-fashion-stdin-")  # noqa: SIM115 - lives as long as its owner
    shutil.copyfileobj(stream, spool, _BLOCK)
    spool.flush()
    return spool


def _known(encoding: str, path: Path) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise CatalogueError(f"unknown encoding {encoding!r}", path=path) from None
    return "utf-8" if name in ("utf-8", "utf-8-sig", "ascii") else name


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Filter(io.RawIOBase):
    """A stream over another one, which it closes."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Unpacked(_Filter):
    """Gives what could be unpacked before it raises: the libraries' own `read` loses the block that is damaged."""

    def readinto(self, buffer: Any, /) -> int:
        data = self._stream.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Recoded(_Filter):
    """Another encoding, or old Mac line ends, as UTF-8 with line feeds."""

    def __init__(self, stream: io.BufferedIOBase, encoding: str, old_mac: bool) -> None:
        super().__init__(stream)
        self._decoder = None if old_mac else codecs.getincrementaldecoder(encoding)(_MARK)
        self._ready = b""

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready:
            block = self._stream.read(_BLOCK)
            self._ready = self._recode(block)
            if not block:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def _recode(self, block: bytes) -> bytes:
        if self._decoder is None:
            return block.replace(b"\r", b"\n")
        text: str = self._decoder.decode(block, final=not block)
        return text.removeprefix("\ufeff").encode("utf-8", "surrogateescape")
