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
    from kg_fashion.inference.veto import Veto, vetoes_text
    from kg_fashion.inference.wording import ReasonWording

    words = ReasonWording.of(catalogue, inferrer.rules)
    doubts = [(target, one) for target in targets for one in inferrer.audit(catalogue, target)]
    doubts.sort(key=lambda pair: (not pair[1].vetoes, -pair[1].margin))
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
                    "vetoes": [
                        Veto(inferrer.values(target)[column], rule, words).to_dict(lang) for column, rule in one.vetoes
                    ],
                }
                for target, one in doubts
            ]
        )
        return
    for target, one in doubts:
        garment, values = catalogue[one.row], [words.label(value, lang) for value in inferrer.values(target)]
        name = next((text for text, own in garment.labels if own == lang), garment.name)
        supplied = words.fixed("and", lang).join(values[column] for column in one.supplied)
        vetoes = [Veto(inferrer.values(target)[column], rule, words) for column, rule in one.vetoes]
        ruled_out = words.fixed("list", lang) + vetoes_text(vetoes, lang) if vetoes else ""
        say(
            words.fixed(
                "doubt", lang, garment.line, garment.id, name, words.attribute(target, lang), supplied,
                one.p_supplied, values[one.suggested], one.p_suggested,
            )
            + ruled_out
        )  # fmt: skip
    progress(f"{len(doubts):,} supplied values are doubtful")
