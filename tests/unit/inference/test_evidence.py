"""Evidence from rules: remembered by what rules can see, the same as reasoning over the whole catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_fashion import Catalogue, read_catalogue, terms
from kg_fashion.inference.evidence import RuleEvidence, close
from kg_fashion.inference.labels import nearest_value, target_values
from kg_fashion.reasoning import RuleSet, load_rules, read_rules
from kg_fashion.resources import boutique_dir

TARGETS = ("season", "occasion")


@pytest.fixture(scope="module")
def boutique() -> Catalogue:
    return read_catalogue(boutique_dir() / "catalogue.csv")


@pytest.fixture(scope="module")
def values(boutique: Catalogue) -> Mapping[str, tuple[str, ...]]:
    return {target: target_values(boutique, target) for target in TARGETS}


def by_closure(catalogue: Catalogue, rules: RuleSet, target: str, values: tuple[str, ...]) -> set[tuple[int, str, int]]:
    """Garment, rule and column, from one closure over the whole catalogue."""
    rows = {garment.iri: row for row, garment in enumerate(catalogue)}
    columns = {iri: column for column, iri in enumerate(values)}
    found = set()
    for subject, value, rule in close(catalogue.without(TARGETS), rules).firings(terms.EVIDENCE[target]).iter_rows():
        column = nearest_value(value, columns, catalogue.ontology.ancestors(value))
        if subject in rows and column is not None:
            found.add((rows[subject], rule, column))
    return found


def gathered(catalogue: Catalogue, evidence: RuleEvidence, target: str, values: tuple[str, ...]) -> set:
    own = evidence.gather(catalogue, {target: values})[target]
    rows, witnesses = own.fires.nonzero()
    return {(row, *own.witnesses[witness]) for row, witness in zip(rows.tolist(), witnesses.tolist(), strict=True)}


@pytest.mark.parametrize("target", TARGETS)
def test_it_is_what_the_whole_closure_says(
    boutique: Catalogue, values: Mapping[str, tuple[str, ...]], target: str
) -> None:
    rules = load_rules()
    evidence = RuleEvidence(rules, boutique.ontology, TARGETS)
    expected = by_closure(boutique, rules, target, values[target])
    assert len(expected) > 200
    assert gathered(boutique, evidence, target, values[target]) == expected
    few = boutique.subset(range(30))
    one_by_one = RuleEvidence(rules, boutique.ontology, TARGETS)  # added to a standing closure, and taken out again
    for start in (0, 10, 20):
        some = few.subset(range(start, start + 10))
        assert gathered(some, one_by_one, target, values[target]) == {
            (row - start, rule, column) for row, rule, column in expected if start <= row < start + 10
        }


def test_two_variants_of_one_garment_are_two(boutique: Catalogue, values: Mapping[str, tuple[str, ...]]) -> None:
    coat = boutique[0]
    linen, wool = (
        replace(coat, values={"type": (terms.KGF.Shirt,), "material": (own,)})
        for own in (terms.KGF.Linen, terms.KGF.Wool)
    )
    evidence = RuleEvidence(load_rules(), boutique.ontology, TARGETS)
    found = evidence.gather(replace(boutique, garments=(linen, wool)), values)["season"].fires.toarray()
    assert found.any(axis=1).all()
    assert not (found[0] * found[1]).any()


def test_a_rule_that_reads_names_sees_them(
    boutique: Catalogue, values: Mapping[str, tuple[str, ...]], tmp_path: Path
) -> None:
    path = tmp_path / "own.srl"
    path.write_text(
        "PREFIX kgf: <https://w3id.org/kg-fashion/ontology/>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        'RULE <urn:named> { ?g kgf:suitsSeason kgf:Winter } WHERE { ?g rdfs:label ?n . FILTER (CONTAINS(?n, "wool")) }',
        "utf-8",
    )
    rules = read_rules(path)
    said = gathered(boutique, RuleEvidence(rules, boutique.ontology, TARGETS), "season", values["season"])
    winter = values["season"].index(terms.KGF.Winter)
    named = {row for row, garment in enumerate(boutique) if any("wool" in text for text, _ in garment.labels)}
    assert said == {(row, "urn:named", winter) for row in named}
    assert len(named) > 5


def test_what_rules_do_not_see_makes_no_other_look(boutique: Catalogue) -> None:
    evidence = RuleEvidence(load_rules(), boutique.ontology, TARGETS)
    other = replace(boutique[0], id="other", values={**boutique[0].values, "brand": (terms.BRAND.other,)})
    found = evidence.gather(replace(boutique, garments=(boutique[0], other)), {"season": (terms.KGF.Winter,)})["season"]
    assert len(evidence._known) == 1
    assert np.array_equal(*found.fires.toarray())
