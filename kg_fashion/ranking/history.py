"""What people did: events with dates, read from CSV, weighted by kind and age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from kg_fashion import terms
from kg_fashion.catalog import Catalogue, Lexicon, RowProblem
from kg_fashion.catalog.sources import open_source
from kg_fashion.errors import CatalogueError, HistoryError, UnknownNameError, did_you_mean

EVENT_WEIGHTS: Final[Mapping[str, float]] = {"buy": 1.5, "like": 1.0, "long_view": 0.6, "view": 0.3, "skip": -0.7}
HALF_LIFE_DAYS: Final = 90.0
_COLUMNS = ("person", "sku", "date", "event", "occasion")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person did with a garment.

    Attributes:
        person: Who.
        garment: The position of the garment in the catalogue.
        day: When.
        kind: One of `EVENT_WEIGHTS`.
        occasion: The scene's IRI, where known.
    """

    person: str
    garment: int
    day: date
    kind: str
    occasion: str | None

    @property
    def positive(self) -> bool:
        """Whether it speaks for the garment."""
        return EVENT_WEIGHTS[self.kind] > 0

    def weight(self, today: date) -> float:
        """Return the event's weight, halved every 90 days.

        Example:
            >>> Event("P1", 0, date(2025, 1, 1), "like", None).weight(date(2025, 4, 1))
            0.5
        """
        return float(EVENT_WEIGHTS[self.kind] * 2.0 ** (-(today - self.day).days / HALF_LIFE_DAYS))


@dataclass(frozen=True)
class History:
    """Events in order of date, and the rows that could not be read."""

    events: tuple[Event, ...]
    problems: tuple[RowProblem, ...] = ()

    @cached_property
    def by_person(self) -> dict[str, list[Event]]:
        """Person -> events in order of date."""
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.person, []).append(event)
        return found

    def of(self, person: str) -> list[Event]:
        """Return a person's events.

        Raises:
            UnknownNameError: nobody of this name did anything.
        """
        if person not in self.by_person:
            raise UnknownNameError(f"no person {person!r} in the history{did_you_mean(person, self.by_person)}")
        return self.by_person[person]

    @property
    def last_day(self) -> date:
        """The day of the latest event."""
        return self.events[-1].day


def season_of(day: date) -> str:
    """Return the IRI of the meteorological season of the northern hemisphere.

    Example:
        >>> terms.local_name(season_of(date(2025, 10, 3)))
        'Autumn'
    """
    names = ("Winter", "Spring", "Summer", "Autumn")
    return terms.KGF[names[day.month % 12 // 3]]


def read_history(path: Path | str, catalogue: Catalogue) -> History:
    """Read events from a table (CSV, JSON Lines, Parquet) with the columns person, sku, date (ISO), event, occasion.

    Raises:
        HistoryError: no such file, wrong columns, or not one readable row.
    """
    try:
        table = open_source(path)
    except CatalogueError as error:
        raise HistoryError(error.message, path=error.path, line=error.line) from error
    source = table.file.path
    if not set(_COLUMNS) <= set(table.header):
        raise HistoryError(f"needs the columns {', '.join(_COLUMNS)}", path=source, line=1)
    rows = _Rows(catalogue)
    events: list[Event] = []
    problems: list[RowProblem] = []
    for record in table.records():
        try:
            if record.problem:
                raise ValueError(record.problem)
            events.append(rows.event(dict(zip(table.header, record.cells, strict=True))))
        except ValueError as error:
            problems.append(RowProblem(source, record.line, str(error)))
    if not events:
        raise HistoryError("no event could be read" + (f": {problems[0].message}" if problems else ""), path=source)
    return History(tuple(sorted(events, key=lambda event: event.day)), tuple(problems))


class _Rows:
    def __init__(self, catalogue: Catalogue) -> None:
        self._positions = {garment.id: number for number, garment in enumerate(catalogue)}
        self._lexicon = Lexicon(catalogue.ontology)

    def event(self, row: Mapping[str, str]) -> Event:
        if row["sku"] not in self._positions:
            raise ValueError(f"no garment {row['sku']!r} in the catalogue")
        if row["event"] not in EVENT_WEIGHTS:
            raise ValueError(f"unknown event {row['event']!r}; give one of {', '.join(EVENT_WEIGHTS)}")
        occasion = self._lexicon.resolve("occasion", row["occasion"]) if row["occasion"].strip() else None
        if occasion is None and row["occasion"].strip():
            raise ValueError(f"unknown occasion {row['occasion']!r}")
        day = date.fromisoformat(row["date"])
        return Event(row["person"], self._positions[row["sku"]], day, row["event"], occasion)
