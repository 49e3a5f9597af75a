"""kg-fashion recommend: garments for a person, an occasion and a season."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, progress, say
from kg_fashion.cli.load import report_problems

if TYPE_CHECKING:
    from kg_fashion.stylist import Recommendation


@guarded
def recommend(
    person: Annotated[str, typer.Argument(help="The person, as in the history.")],
    catalogue_file: Annotated[Path | None, typer.Option("--catalogue", help="The bundled boutique by default.")] = None,
    history_file: Annotated[Path | None, typer.Option("--history", help="The bundled history by default.")] = None,
    occasion: Annotated[str | None, typer.Option(help='For example "business meeting" or 商务会议.')] = None,
    season: Annotated[str | None, typer.Option(help="For example autumn or 秋季.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 10,
    mapping: options.Mapping = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Recommend garments, each with its reasons."""
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.resources import boutique_dir
    from kg_fashion.settings import read_settings

    settings = read_settings(seed=seed)
    catalogue = read_catalogue(catalogue_file or boutique_dir() / "catalogue.csv", mapping=mapping, progress=progress)
    from kg_fashion.ranking import read_history
    from kg_fashion.stylist import Stylist

    history = read_history(history_file or boutique_dir() / "history.csv", catalogue)
    history.of(person)
    report_problems((*catalogue.report.problems, *history.problems))
    stylist = Stylist.train(catalogue, history, seed=settings.seed, progress=progress)
    found = stylist.recommend(person, occasion=occasion, season=season, k=k)
    if json:
        emit_json([{"rank": r.rank, "garment": r.garment.id, "name": r.garment.name, "score": round(r.score, 4),
                    "reasons": r.reasons, "gate": round(r.gate, 4)} for r in found])  # fmt: skip
    else:
        show(found)


def show(found: "list[Recommendation]") -> None:
    """Write recommendations for people: the name in both languages, and the reasons below."""
    for item in found:
        names = " / ".join(text for text, _ in item.garment.labels)
        say(f"{item.rank:2}. {item.garment.id}  {names}")
        say(f"    {'; '.join(item.reasons)}")
