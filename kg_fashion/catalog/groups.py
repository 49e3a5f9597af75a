"""Rows that are one garment: variants of a product, rentals of a dress."""

from collections.abc import Iterable, Iterator

from kg_fashion.catalog.sources import Record
from kg_fashion.catalog.sources.record import MANY


def grouped(records: Iterable[Record], place: int) -> Iterator[Record]:
    """Put the rows with one identifier together, at the place of the first; all rows are held in memory.

    A column keeps every distinct text that its rows have, in order of appearance. Rows without an identifier and rows
    with a problem stay as they are.

    Args:
        records: The rows.
        place: The identifier's column.

    Example:
        >>> rows = [Record(2, ("A", "red"), ""), Record(3, ("B", "tan"), ""), Record(4, ("A", "blue"), "")]
        >>> [record.cells[1].split(MANY) for record in grouped(rows, 0)]
        [['red', 'blue'], ['tan']]
    """
    order: list[Record] = []
    columns: dict[str, list[dict[str, None]]] = {}
    for record in records:
        garment_id = record.cells[place].strip() if record.cells else ""
        if record.problem or not garment_id:
            order.append(record)
            continue
        if garment_id not in columns:
            order.append(record)
            columns[garment_id] = [{} for _ in record.cells]
        for own, cell in zip(columns[garment_id], record.cells, strict=True):
            if cell.strip():
                own[cell] = None
    for record in order:
        garment_id = record.cells[place].strip() if record.cells else ""
        if record.problem or not garment_id:
            yield record
        else:
            yield record._replace(cells=tuple(MANY.join(own) for own in columns[garment_id]))
