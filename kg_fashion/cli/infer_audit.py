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
    records = []
    for target, one in doubts:
        garment, values = catalogue[one.row], inferrer.values(target)
        vetoes = [Veto(values[column], rule, words) for column, rule in one.vetoes]
        if json:
            records.append(
                {
                    "garment": garment.id,
                    "line": garment.line,
                    "attribute": target,
                    "supplied": [values[column] for column in one.supplied],
                    "suggested": values[one.suggested],
                    "p_supplied": round(one.p_supplied, 4),
                    "p_suggested": round(one.p_suggested, 4),
                    "vetoes": [veto.to_dict(lang) for veto in vetoes],
                }
            )
            continue
        supplied = words.fixed("and", lang).join(words.label(values[column], lang) for column in one.supplied)
        said = words.fixed(
            "doubt", lang, garment.line, garment.id, garment.named(lang), words.attribute(target, lang), supplied,
            one.p_supplied, words.label(values[one.suggested], lang), one.p_suggested,
        )  # fmt: skip
        say(said + (words.fixed("list", lang) + vetoes_text(vetoes, lang) if vetoes else ""))
    if json:
        emit_json(records)
    else:
        progress(f"{len(doubts):,} supplied values are doubtful")
