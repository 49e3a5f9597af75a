"""Counterfactuals: true of the model, plausible, actionable, the smallest first."""

from collections import Counter
from dataclasses import replace

import numpy as np

from kg_fashion import Catalogue, terms
from kg_fashion.catalog import Garment
from kg_fashion.inference.counterfactual import Counterfactual, changes_of, counterfactuals, value_distance
from kg_fashion.inference.explainer import Explainer
from kg_fashion.inference.scorer import Pull
from kg_fashion.inference.seen_values import CHANGEABLE, SeenValues
from kg_fashion.inference.sources import GarmentSources
from kg_fashion.reasoning import load_rules

SUMMER, WINTER = terms.KGF.Summer, terms.KGF.Winter


class ByMaterial:
    """Wool and merino are winter, all else summer, the name's word "linen" the more so; red a little less."""

    def values(self, target: str) -> tuple[str, ...]:
        return SUMMER, WINTER

    def proba(self, garments: list[Garment], target: str) -> np.ndarray:
        assert len({garment.iri for garment in garments}) == len({garment.id for garment in garments}) == len(garments)
        return np.array([[1 - p, p] for p in map(self._winter, garments)], dtype=np.float32)

    def _winter(self, garment: Garment) -> float:
        warm = {terms.KGF.Wool, terms.KGF.Merino} & set(garment.values.get("material", ()))
        red = terms.KGF.Red in garment.values.get("colour", ())
        return (0.9 if warm else 0.1 if "linen" in garment.name.lower() else 0.3) - 0.05 * red

    def pulls(self, garment: Garment, target: str) -> list[Pull]:
        return []


def garment(number: int, **values: str) -> Garment:
    labels = (("Navy Wool Blazer", "en"), ("羊毛西装外套", "zh"))
    kinds = {"type": "Blazer", "brand": "Acme"} | values
    return Garment(str(number), f"urn:{number}", labels, {a: (terms.KGF[v],) for a, v in kinds.items()})


def shop(catalogue: Catalogue, *seen: Garment) -> Catalogue:
    return replace(catalogue, garments=seen * 2)


def asked(own: GarmentSources, known: Catalogue, *, limit: int = 3) -> tuple[Counterfactual, ...]:
    changes = changes_of(own, "season", SeenValues.of(known), known.label)
    said = ByMaterial().proba([own.garment, *(change.garment for change in changes)], "season")
    return counterfactuals(changes, said, values=(SUMMER, WINTER), value=WINTER, ontology=known.ontology, limit=limit)


def test_the_smallest_turning_change_first_then_the_moving_ones(boutique: Catalogue) -> None:
    seen = [garment(n, material=m) for n, m in enumerate(["Wool", "Merino", "Linen", "Cashmere", "Silk"])]
    seen += [garment(n, colour=c) for n, c in enumerate(["Red", "Blue"], start=9)]
    known = shop(boutique, *seen)
    own = Explainer(ByMaterial(), known, load_rules()).sources(garment(0, material="Wool", colour="Blue"), "season")
    found = asked(own, known, limit=5)
    first, second = found
    assert (first.attribute, first.instead, first.best) == ("material", terms.KGF.Cashmere, SUMMER)  # an animal's too
    assert np.isclose(first.probability, 0.7)
    assert np.isclose(first.shift, 0.3 - 0.9)
    assert (second.attribute, second.instead, second.best) == ("colour", terms.KGF.Red, WINTER)
    assert np.isclose(second.shift, -0.05)


def test_the_name_says_the_other_value(boutique: Catalogue) -> None:
    known = shop(boutique, garment(1, material="Linen"))
    own = Explainer(ByMaterial(), known, load_rules()).sources(garment(0, material="Wool"), "season")
    (found,) = asked(own, known)
    assert found.instead == terms.KGF.Linen
    assert np.isclose(found.probability, 0.9)
    names = [one.garment.labels for one in changes_of(own, "season", SeenValues.of(known), known.label)]
    assert names[0] == (("Navy Linen Blazer", "en"), ("亚麻西装外套", "zh"))
    assert names[1] == (("Navy Blazer", "en"), ("西装外套", "zh"))


def test_only_what_garments_of_the_type_have(boutique: Catalogue) -> None:
    seen = SeenValues.of(boutique)
    kinds_of = {g.id: {k for t in g.values["type"] for k in (t, *boutique.ontology.ancestors(t))} for g in boutique}
    for own in boutique.garments[:40]:
        for attribute in CHANGEABLE:
            like = [g for g in boutique if own.values["type"][0] in kinds_of[g.id]]
            same = Counter(value for other in like for value in other.values.get(attribute, ()))
            often = {value for value, n in same.items() if n >= 2}
            assert set(seen.values(own, attribute)) == often or not often
    assert not {"type", "brand", "department", "season", "occasion"} & set(CHANGEABLE)


def test_they_are_true_of_the_trained_model(explainer: Explainer, boutique: Catalogue) -> None:
    said = explainer.explain(boutique[0], "season")
    assert said.counterfactuals
    for change in said.counterfactuals:
        own = explainer.sources(boutique[0], "season")
        key = f"{change.attribute}={change.given}"
        if change.instead is None:
            other = own.without(key)
        else:
            instead = change.instead
            names = own.renamed(key, say=lambda lang, iri=instead: boutique.label(iri, lang))
            left = tuple(instead if v == change.given else v for v in own.garment.values[change.attribute])
            other = replace(own.garment, values={**own.garment.values, change.attribute: left}, labels=names)
        row = explainer.scorer.proba([other], "season")[0]
        assert np.isclose(row.max(), change.probability, atol=1e-4)
        assert explainer.scorer.values("season")[int(row.argmax())] == change.best
        column = explainer.scorer.values("season").index(said.value)
        assert np.isclose(row[column] - said.probability, change.shift, atol=1e-4)


def test_distance_counts_steps(boutique: Catalogue) -> None:
    steps = [
        value_distance(terms.KGF.Wool, terms.KGF[other], boutique.ontology)
        for other in ("Wool", "Merino", "Cashmere", "Linen", "Red")
    ]
    assert steps == [0, 1, 2, 4, 99]
