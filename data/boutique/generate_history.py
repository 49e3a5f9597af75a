"""Writes history.csv and wardrobe.csv: SIMULATED people with tastes, contexts and a drift over two years.

Each person has a department, a favourite style, colours, brands and a budget. Each event has a date, whose season
counts, and an occasion; the garment is drawn among those of the person's department with weight
exp(3 * fits the occasion + 2 * fits the season + taste), and taste drifts to a second style half way. What fits both is
liked or bought more often, what fits neither is skipped. Run it again and the files are the same, byte for byte.
"""

import csv
import math
import random
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
SEED = 7
PEOPLE = 72
START, DAYS = date(2024, 1, 1), 730
SEASONS = ("winter", "spring", "summer", "autumn")
OCCASIONS = {
    "business meeting": 4, "office": 6, "casual outing": 8, "date night": 2, "party": 2, "gym": 2, "vacation": 1,
    "travel": 1, "wedding": 1, "home": 1, "hiking": 1,
}  # fmt: skip
Row = dict[str, str]


def read(name: str) -> list[Row]:
    """Read a CSV file of this folder."""
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    """Write a CSV file of this folder."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def season(day: date) -> str:
    """Return the meteorological season of the northern hemisphere."""
    return SEASONS[day.month % 12 // 3]


def simulate(
    rng: random.Random, person: str, department: str, garments: list[Row], truth: dict[str, Row]
) -> list[list[str]]:
    """Return one person's events in order of date."""
    own = [g for g in garments if g["department"] in (department, "unisex")]
    tastes = rng.sample(sorted({g["style"] for g in own if g["style"]}), 2)
    colours = rng.sample(sorted({g["colour"] for g in own if g["colour"]}), 4)
    brands = rng.sample(sorted({g["brand"] for g in own}), 3)
    budget = rng.lognormvariate(6.6, 0.5)
    occasions = dict(OCCASIONS)
    occasions["business meeting"] *= rng.choice((1, 2, 3))
    days = sorted(rng.randrange(DAYS) for _ in range(rng.randint(60, 110)))
    events = []
    for day in days:
        when = START + timedelta(days=day)
        occasion = rng.choices(list(occasions), weights=list(occasions.values()))[0]
        style = tastes[0] if day < DAYS / 2 else tastes[1]
        weights = []
        for garment in own:
            fits = truth[garment["sku"]]
            score = 3.0 * (occasion in fits["occasion"].split("|")) + 2.0 * (season(when) in fits["season"].split("|"))
            score += (
                1.5 * (garment["style"] == style) + (garment["colour"] in colours) + 0.8 * (garment["brand"] in brands)
            )
            score -= 0.8 * abs(math.log(float(garment["price_cny"]) / budget))
            weights.append(math.exp(score))
        garment = rng.choices(own, weights=weights)[0]
        fits = truth[garment["sku"]]
        good = (occasion in fits["occasion"].split("|")) + (season(when) in fits["season"].split("|"))
        good += garment["style"] == style
        shares = (5, 2, 2, 0.3, 1.5) if good >= 2 else (4, 1, 1, 1, 0.5) if good else (3, 0.2, 0.5, 4, 0.1)
        event = rng.choices(("view", "like", "long_view", "skip", "buy"), weights=shares)[0]
        events.append([person, garment["sku"], when.isoformat(), event, occasion if rng.random() < 0.6 else ""])
    return events


def main() -> None:
    """Write both files."""
    rng = random.Random(SEED)  # noqa: S311  (a simulation, not a secret)
    garments = read("catalogue.csv")
    truth = {row["sku"]: row for row in read("truth.csv")}
    rows: list[list[str]] = []
    for number in range(1, PEOPLE + 1):
        department = "women" if number % 2 else "men"
        rows += simulate(rng, f"P{number:03d}", department, garments, truth)
    write("history.csv", ["person", "sku", "date", "event", "occasion"], rows)
    owned = {(row[0], row[1]): row[2] for row in rows if row[3] == "buy" and row[0] in ("P001", "P002", "P003")}
    write("wardrobe.csv", ["person", "sku", "since"], [[person, sku, when] for (person, sku), when in owned.items()])


if __name__ == "__main__":
    main()
