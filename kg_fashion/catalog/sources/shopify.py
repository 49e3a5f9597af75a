"""Shopify's product CSV: a product's first row has its fields, the rows below it with the same handle its variants.

The options of variants become columns of their own, "option color" for `Option1 Name` = Color with the `Option1 Value`
of every variant. Format: https://help.shopify.com/en/manual/products/import-export/using-csv
"""

from collections.abc import Iterator

from kg_fashion.catalog.sources.delimited import DelimitedSource
from kg_fashion.catalog.sources.lists import Fields, as_records, columns_of, joined
from kg_fashion.catalog.sources.record import Record

HANDLE = "Handle"
_OPTIONS = ("Option1", "Option2", "Option3")


class ShopifySource:
    """A Shopify export, one record a product.

    Args:
        table: The rows as they stand.

    Attributes:
        file: The file.
        table: The rows as they stand.
        header: The columns, then those of the options of the first 1,000 products.
    """

    format = "shopify"

    def __init__(self, table: DelimitedSource) -> None:
        self.file = table.file
        self.table = table
        self.header = tuple(dict.fromkeys((*table.header, *columns_of(self._products()))))

    def records(self) -> Iterator[Record]:
        """Iterate over the products; a row that cannot be read is told by itself."""
        return as_records(self._products(), self.header)

    def _products(self) -> Iterator[Fields]:
        place = self.table.header.index(HANDLE)
        good: list[Record] = []
        for record in self.table.records():
            if record.problem:
                yield Fields(record.line, {}, record.problem, record.raw)
                continue
            if good and good[0].cells[place] != record.cells[place]:
                yield self._product(good)
                good = []
            good.append(record)
        if good:
            yield self._product(good)

    def _product(self, rows: list[Record]) -> Fields:
        header = self.table.header
        leaves: list[tuple[str, str]] = []
        names: dict[str, str] = {}
        for row in rows:
            cells = dict(zip(header, row.cells, strict=True))
            names.update({o: cells[f"{o} Name"] for o in _OPTIONS if cells.get(f"{o} Name")})
            leaves += [(name, text.strip()) for name, text in cells.items() if text.strip()]
            for option, name in names.items():
                value = cells.get(f"{option} Value", "").strip()
                if value and name != "Title":
                    leaves.append((f"option {name.strip().lower()}", value))
        return Fields(rows[0].line, joined(leaves), "", b"".join(row.raw for row in rows))
