"""Google Merchant feeds in XML: RSS 2.0 with items, or Atom with entries, as a stream.

Columns are the names of the attributes without their namespace (id, title, color, google_product_category ...); one
that stands several times in an item gives several values. Document types and entities are refused (defusedxml).
Specification: https://support.google.com/merchants/answer/7052112
"""

from collections.abc import Callable, Iterator
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces

from kg_fashion.catalog.sources.file import BROKEN, SourceFile
from kg_fashion.catalog.sources.lists import Fields, as_records, columns_of, joined
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES, Record
from kg_fashion.errors import CatalogueError

_ITEMS = {"item", "entry"}
_BLOCK = 1 << 16


class MerchantSource:
    """A product feed in XML.

    Args:
        file: The file.

    Attributes:
        file: The file.
        header: The attributes of the first 1,000 items.

    Raises:
        CatalogueError: not XML, or no item in it.
    """

    format = "merchant"

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.header = columns_of(self._fields())
        if not self.header:
            first = next(self._fields(), None)
            what = first.problem if first else "no <item> or <entry> in it; is it a Google Merchant feed?"
            raise CatalogueError(what, path=file.path, line=first.line if first else None)

    def records(self) -> Iterator[Record]:
        """Iterate over the items."""
        return as_records(self._fields(), self.header)

    def _fields(self) -> Iterator[Fields]:
        from defusedxml.common import DefusedXmlException
        from defusedxml.sax import make_parser

        parser = make_parser()
        handler = _Items(parser.getLineNumber)
        parser.forbid_dtd = True
        parser.setFeature(feature_namespaces, True)
        parser.setFeature(feature_external_ges, False)
        parser.setContentHandler(handler)
        with self.file.open() as stream:
            try:
                while block := stream.read(_BLOCK):
                    parser.feed(_utf8(block) if not parser.getLineNumber() else block)
                    yield from handler.take()
                parser.close()
                yield from handler.take()
            except SAXParseException as error:
                yield from handler.take()
                yield Fields(error.getLineNumber() or 1, {}, f"not XML from here on: {error.getMessage()}")
            except DefusedXmlException as error:
                yield from handler.take()
                yield Fields(parser.getLineNumber() or 1, {}, f"refused: {type(error).__name__}; remove the DOCTYPE")
            except (SAXException, *BROKEN) as error:
                yield from handler.take()
                yield Fields(parser.getLineNumber() or 1, {}, f"the file ends early: {error}")


def _utf8(block: bytes) -> bytes:
    """Drop the declaration of an encoding that is no longer true once the file is read as UTF-8."""
    start, found, rest = block.partition(b"?>")
    return b"\n" * start.count(b"\n") + rest if found and start.lstrip().startswith(b"<?xml") else block


class _Items(ContentHandler):
    def __init__(self, line: Callable[[], int | None]) -> None:
        super().__init__()
        self._at = line
        self._ready: list[Fields] = []
        self._path: list[str] = []
        self._line = 0
        self._leaves: list[tuple[str, str]] | None = None
        self._text: list[str] = []
        self._size = 0

    def take(self) -> list[Fields]:
        """Return the items that are complete."""
        ready, self._ready = self._ready, []
        return ready

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802
        tag = name[1]
        self._text = []
        if self._leaves is not None:
            self._path.append(tag)
            if tag == "link" and attrs.get((None, "href")):
                self._leaves.append((".".join(self._path), attrs[None, "href"]))
        elif tag in _ITEMS:
            self._leaves, self._path, self._size = [], [], 0
            self._line = self._at() or 1

    def characters(self, content: str) -> None:
        if self._leaves is not None:
            self._size += len(content)
            if self._size <= MAX_RECORD_BYTES:
                self._text.append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        if self._leaves is None:
            return
        if self._path:
            text = "".join(self._text).strip()
            if text:
                self._leaves.append((".".join(self._path), text))
            self._path.pop()
            self._text = []
        else:
            problem = f"the item is longer than {MAX_RECORD_BYTES >> 20} MiB" if self._size > MAX_RECORD_BYTES else ""
            self._ready.append(Fields(self._line, {} if problem else joined(self._leaves), problem))
            self._leaves = None
