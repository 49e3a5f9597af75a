"""Synthetic universities after LUBM's profile: departments, staff, students, courses, publications; seeded.

Usage: python benchmarks/rules/lubm.py UNIVERSITIES > universities.nt

Modelled on Guo, Pan, Heflin, "LUBM: a benchmark for OWL knowledge base systems", 2005; the numbers are of its order,
not its own.
"""

import argparse
import sys

import numpy as np
import polars as pl
from encoded import Graph, numbered
from garments import RDF_TYPE

UN = "http://example.org/university#"
DATA = "http://example.org/data/"
STAFF = (("FullProfessor", 7, 10), ("AssociateProfessor", 10, 14), ("AssistantProfessor", 8, 11), ("Lecturer", 5, 7))
"""Class, least and most in a department."""
STUDENTS = (("UndergraduateStudent", "Course", 300, 500, 3), ("GraduateStudent", "GraduateCourse", 100, 150, 2))
"""Class, the class of its courses, least and most in a department, courses that each takes."""


class _Builder:
    """Numbers nodes in the order in which they are made and collects triples."""

    def __init__(self) -> None:
        self.names: list[pl.Series] = []
        self.rows: list[pl.DataFrame] = []
        self._size = 0
        self._ids: dict[str, int] = {}

    def id(self, name: str) -> int:
        if name not in self._ids:
            self._ids[name] = self._size
            self._add(pl.Series([name]))
        return self._ids[name]

    def _add(self, names: pl.Series) -> np.ndarray:
        self.names.append(names)
        first, self._size = self._size, self._size + len(names)
        return np.arange(first, self._size, dtype=np.int32)

    def make(self, cls: str, count: int) -> np.ndarray:
        """Make so many nodes of a class."""
        nodes = self._add(numbered(f"{DATA}{cls.lower()}", count))
        self.link(nodes, RDF_TYPE, np.full(count, self.id(f"<{UN}{cls}>")))
        return nodes

    def link(self, subjects: np.ndarray, predicate: str, objects: np.ndarray) -> None:
        verb = self.id(predicate if predicate.startswith("<") else f"<{UN}{predicate}>")
        columns = {"s": subjects, "p": np.full(len(subjects), verb), "o": objects}
        self.rows.append(pl.DataFrame(columns).cast(pl.Int32))

    def graph(self) -> Graph:
        return Graph(pl.concat(self.names), pl.concat(self.rows).unique(maintain_order=True))


def universities(count: int, *, seed: int = 0) -> Graph:
    """Make universities, about 110,000 triples each.

    Args:
        count: How many.
        seed: The same seed and count give the same triples.
    """
    rng = np.random.default_rng(seed)
    build = _Builder()
    schools = build.make("University", count)
    sizes = rng.integers(15, 26, size=count)
    departments = build.make("Department", int(sizes.sum()))
    build.link(departments, "subOrganizationOf", np.repeat(schools, sizes))
    groups, of_group = _each(build, "ResearchGroup", departments, 10, 20, rng)
    build.link(groups, "subOrganizationOf", of_group)
    staff, of_staff = _staff(build, departments, schools, rng)
    papers, author = _each(build, "Publication", staff, 5, 15, rng)
    build.link(papers, "publicationAuthor", author)
    for cls, course, least, most, taken in STUDENTS:
        courses, teacher = _each(build, course, staff, 1, 2, rng)
        build.link(teacher, "teacherOf", courses)
        people, place = _each(build, cls, departments, least, most, rng)
        build.link(people, "memberOf", place)
        build.link(people, "advisor", _pick(staff, of_staff, place, rng))
        build.link(people, "undergraduateDegreeFrom", rng.choice(schools, len(people)))
        of_course = of_staff[np.searchsorted(staff, teacher)]
        for _ in range(taken):
            build.link(people, "takesCourse", _pick(courses, of_course, place, rng))
    return build.graph()


def _each(
    build: _Builder, cls: str, owners: np.ndarray, least: int, most: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make `least` to `most` nodes for each owner; return them and each one's owner."""
    counts = rng.integers(least, most + 1, size=len(owners))
    return build.make(cls, int(counts.sum())), np.repeat(owners, counts)


def _staff(
    build: _Builder, departments: np.ndarray, schools: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make the staff of each department; return it, in the order of its ids, and each one's department."""
    people, places = [], []
    for cls, least, most in STAFF:
        members, place = _each(build, cls, departments, least, most, rng)
        build.link(members, "worksFor", place)
        for degree in ("undergraduateDegreeFrom", "doctoralDegreeFrom"):
            build.link(members, degree, rng.choice(schools, len(members)))
        people.append(members)
        places.append(place)
    heads = np.unique(places[0], return_index=True)[1]
    build.link(people[0][heads], "headOf", places[0][heads])
    return np.concatenate(people), np.concatenate(places)


def _pick(pool: np.ndarray, owners: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pick for each wanted owner one of the pool that it owns."""
    order = np.argsort(owners, kind="stable")
    first = np.searchsorted(owners[order], wanted)
    after = np.searchsorted(owners[order], wanted, side="right")
    return pool[order[first + (rng.random(len(wanted)) * (after - first)).astype(int)]]


def main() -> None:
    """Write universities to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("universities", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.stdout.writelines(universities(options.universities, seed=options.seed).lines())


if __name__ == "__main__":
    main()
