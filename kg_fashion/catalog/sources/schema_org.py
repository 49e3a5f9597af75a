"""Products as schema.org describes them: JSON-LD in a file, or in the scripts of an HTML page.

Extruct finds the scripts, PyLD expands the names; contexts are not fetched: schema.org's is known, any other is taken
for an empty one. A variant of a ProductGroup has what the group says and it does not say itself.
https://schema.org/Product
"""

import json
from collections.abc import Iterator
from typing import Any

from kg_fashion import terms
from kg_fashion.catalog.sources.file import BROKEN, SourceFile
from kg_fashion.catalog.sources.lists import Fields, as_records, columns_of, joined
from kg_fashion.catalog.sources.record import MAX_RECORD_BYTES, Record
from kg_fashion.errors import CatalogueError

_MAX_BYTES = 256 * MAX_RECORD_BYTES
_IDENTIFIERS = ("sku", "productID", "gtin", "gtin13", "gtin14", "gtin12", "gtin8", "mpn")
_INSIDE = ("brand", "material", "color", "category", "pattern", "size", "audience", "offers", "manufacturer")
_CONTEXT = {"@vocab": terms.SCHEMA, "id": "@id", "type": "@type"}


class SchemaOrgSource:
    """The products of one JSON-LD file or one page, each with its place in it instead of a line.

    Args:
        file: At most 256 MiB, which are read at once.

    Attributes:
        file: The file.
        header: "id" (the first of sku, productID, gtin, mpn, @id) and schema.org's property names; what lies inside
            a value is dotted (brand.name), a PropertyValue is "additionalProperty.<name>", a text in a language
            other than English "<property>@<language>".

    Raises:
        CatalogueError: too large, no readable JSON-LD, or no product in it.
    """

    format = "schema.org"

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._found = _products(file)
        self.header = columns_of(self._found)
        if not self.header:
            what = self._found[0].problem if self._found else "no schema.org Product in it"
            raise CatalogueError(what, path=file.path)

    def records(self) -> Iterator[Record]:
        """Iterate over the products."""
        return as_records(self._found, self.header)


def _products(file: SourceFile) -> list[Fields]:
    try:
        with file.open() as stream:
            data = stream.read(_MAX_BYTES + 1)
    except BROKEN as error:
        return [Fields(1, {}, f"cannot be read: {error}")]
    if len(data) > _MAX_BYTES:
        return [Fields(1, {}, f"larger than {_MAX_BYTES >> 20} MiB; give JSON Lines instead")]
    found: list[Fields] = []
    for block in _blocks(data):
        if isinstance(block, str):
            found.append(Fields(len(found) + 1, {}, block))
            continue
        try:
            nodes = list(_product_nodes(_expand(block)))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            found.append(Fields(len(found) + 1, {}, f"not JSON-LD: {str(error).splitlines()[0][:200]}"))
            continue
        for node in nodes:
            found.append(Fields(len(found) + 1, joined(_leaves(node)), ""))
    return found


def _blocks(data: bytes) -> Iterator[Any]:
    """Iterate over the JSON values of a file, or of a page's scripts; a text says what is wrong with one."""
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            yield json.loads(data)
        except (ValueError, RecursionError) as error:
            yield f"not JSON: {error}"
        return
    import lxml.etree
    import lxml.html
    from extruct.jsonld import JsonLdExtractor

    try:
        page = lxml.html.document_fromstring(data, parser=lxml.html.HTMLParser(encoding="utf-8", no_network=True))
    except (ValueError, lxml.etree.LxmlError) as error:
        yield f"not HTML: {error}"
        return
    for script in page.iterfind('.//script[@type="application/ld+json"]'):
        try:
            yield from JsonLdExtractor().extract_items(script)
        except (ValueError, RecursionError) as error:
            yield f"line {script.sourceline}: a script that is not JSON: {error}"


def _expand(block: Any) -> Any:
    from pyld import jsonld

    try:
        return jsonld.expand(block, {"documentLoader": _known_context, "expandContext": {"@context": _CONTEXT}})
    except jsonld.JsonLdError as error:
        raise ValueError(f"{error.type}: {str(error).splitlines()[0]}") from error


def _known_context(url: str, _options: Any) -> dict[str, Any]:
    """Stand in for the network: schema.org's names, whatever context a page asks for."""
    return {"contextUrl": None, "documentUrl": url, "document": {"@context": _CONTEXT}}


def _product_nodes(value: Any, group: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """Find products at any depth; a ProductGroup with variants gives its variants instead of itself."""
    if isinstance(value, list):
        for inner in value:
            yield from _product_nodes(inner, group)
    elif isinstance(value, dict):
        node = {_name(key): inner for key, inner in value.items()}
        kinds = {_name(kind) for kind in node.get("@type", ())}
        variants = node.get("hasVariant")
        if "ProductGroup" in kinds and variants:
            yield from _product_nodes(variants, {k: v for k, v in node.items() if k not in ("hasVariant", "@id")})
        elif kinds & {"Product", "IndividualProduct", "ProductModel", "ProductGroup"}:
            yield {**(group or {}), **node}
        else:
            for inner in node.values():
                yield from _product_nodes(inner, group)


def _name(iri: Any) -> str:
    text = str(iri)
    for start in ("http://schema.org/", terms.SCHEMA):
        text = text.removeprefix(start)
    return text


def _leaves(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    texts = {key: list(_texts(inner)) for key, inner in node.items()}
    given = next((t for key in (*_IDENTIFIERS, "@id", "url") for t, _ in texts.get(key, ())), "")
    if given:
        yield "id", given
    for key, own in texts.items():
        if not key.startswith("@"):
            for text, language in own:
                yield f"{key}@{language}" if language not in ("", "en") else key, text
    for key in _INSIDE:
        yield from _inside(node.get(key), key)
    for extra in node.get("additionalProperty", ()):
        inner = {_name(k): v for k, v in extra.items()} if isinstance(extra, dict) else {}
        for name, _ in _texts(inner.get("name")):
            yield from ((f"additionalProperty.{name}", text) for text, _ in _texts(inner.get("value")))


def _inside(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Go one level into a value that is a thing: brand.name, audience.suggestedGender, offers.price."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and "@value" not in item:
            for key, inner in item.items():
                if not key.startswith("@"):
                    yield from ((f"{name}.{_name(key)}", text) for text, _ in _texts(inner))


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Iterate over the texts of an expanded value as (text, language); a thing gives its @id."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and "@value" in item:
            yield str(item["@value"]).strip(), str(item.get("@language", "")).split("-")[0].lower()
        elif isinstance(item, dict) and "@id" in item:
            yield _name(item["@id"]), ""
        elif isinstance(item, str):
            yield _name(item), ""
