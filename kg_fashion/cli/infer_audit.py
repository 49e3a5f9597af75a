"""kg-fashion infer --audit: supplied values that are doubtful, as lines or JSON."""

from typing import TYPE_CHECKING

from kg_fashion.cli.console import emit_json, progress, say

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.inference import AttributeInferrer


def show_audit(
    inferrer: "AttributeInferrer", catalogue: "Catalogue", targets: tuple[str, ...], *, lang: str, json: bool
) -> None:
    """Write the doubtful values of all targets, the most suspicious first."""
    from kg_fashion.inference.wording import ReasonWording

    doubts = [(target, one) for target in targets for one in inferrer.audit(catalogue, target)]
    doubts.sort(key=lambda pair: -pair[1].margin)
    if json:
        emit_json(
            [
                {
                    "garment": catalogue[one.row].id,
                    "line": catalogue[one.row].line,
                    "attribute": target,
                    "supplied": [inferrer.values(target)[column] for column in one.supplied],
                    "suggested": inferrer.values(target)[one.suggested],
                    "p_supplied": round(one.p_supplied, 4),
                    "p_suggested": round(one.p_suggested, 4),
                }
                for target, one in doubts
            ]
        )
        return
    words = ReasonWording.of(catalogue, inferrer.rules)
    for target, one in doubts:
        garment, values = catalogue[one.row], [words.label(value, lang) for value in inferrer.values(target)]
        name = next((text for text, own in garment.labels if own == lang), garment.name)
        supplied = words.fixed("and", lang).join(values[column] for column in one.supplied)
        say(
            words.fixed(
                "doubt", lang, garment.line, garment.id, name, words.attribute(target, lang), supplied,
                one.p_supplied, values[one.suggested], one.p_suggested,
            )
        )  # fmt: skip
    progress(f"{len(doubts):,} supplied values are doubtful")
