"""kg-fashion demo: the main job on the bundled boutique."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg_fashion.cli.console import guarded, progress, say, table
from kg_fashion.cli.recommend import show

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.inference import AttributeInferrer, Completion


@guarded
def demo(
    out: Annotated[Path, typer.Option(help="The folder for the demo's files.")] = Path("kg-fashion-demo"),
) -> None:
    """Run the main job on the bundled boutique: load, reason, complete, explain, recommend."""
    from kg_fashion import terms
    from kg_fashion.catalog import catalogue_ntriples, read_catalogue, write_enriched
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.reasoning import load_rules, reason
    from kg_fashion.resources import boutique_dir

    progress("loading")
    catalogue = read_catalogue(boutique_dir() / "catalogue.csv", mapping="boutique")
    rules = load_rules()
    out.mkdir(parents=True, exist_ok=True)
    with KnowledgeGraph(out / "store") as graph:
        n_ontology = graph.load_ontology()
        n_catalogue = graph.load_catalogue(catalogue_ntriples(catalogue))
        lacking = {t: sum(not garment.values.get(t) for garment in catalogue) for t in ("season", "occasion")}
        say("== loaded ==")
        say(f"{len(catalogue)} garments, {n_catalogue:,} triples; ontology {n_ontology:,} triples; {len(rules)} rules")
        say(f"{lacking['season']} garments lack a season, {lacking['occasion']} an occasion\n")
        progress("reasoning")
        closure = reason(graph, rules)
        say("== what the rules derived ==")
        say(
            f"{closure.write(graph):,} triples in {closure.run.rounds} rounds, {closure.run.seconds:.1f} s; for example"
        )
        own = {rule.iri for rule in rules}
        counts = sorted(((n, rule) for rule, n in closure.counts.items() if rule in own), reverse=True)[:5]
        table(["derived", "rule"], [[f"{n}", closure.rule_label(rule)] for n, rule in counts])
        say()

        from kg_fashion.inference import AttributeInferrer, fillings, write_completions

        inferrer = AttributeInferrer.train(catalogue, rules=rules, seed=0, progress=progress)
        completions = inferrer.complete(catalogue)
        write_completions(graph, completions, model="boutique")
        _show_completions(catalogue, inferrer, completions)
        inferrer.save(out / "model")
        write_enriched(catalogue, fillings(completions), ("season", "occasion"), out / "enriched.csv")

        say("== why ==")
        ruled = {(subject, value) for subject, value, _ in closure.firings(terms.KGF.suitsSeason).iter_rows()}
        gap = next(gap for gap in completions if gap.attribute == "season" and (gap.garment, gap.value) in ruled)
        names = {gap.garment: f"{gap.garment_id} ({catalogue.get(gap.garment_id).name})"}
        tree = closure.explain(gap.garment, terms.KGF.season, gap.best)
        say(tree.to_text(label=lambda iri: names.get(iri) or catalogue.label(iri), rule_label=closure.rule_label))
        say()

    from kg_fashion.ranking import read_history
    from kg_fashion.stylist import Stylist

    history = read_history(boutique_dir() / "history.csv", catalogue)
    stylist = Stylist.train(catalogue, history, inferrer=inferrer, seed=0, progress=progress)
    say("== for P002, a business meeting in autumn ==")
    show(stylist.recommend("P002", occasion="business meeting", season="autumn", k=10))
    say(f"\nFiles are in {out}/: store/ (SPARQL: kg-fashion query --store {out}/store ...), model/, enriched.csv")


def _show_completions(catalogue: "Catalogue", inferrer: "AttributeInferrer", completions: "list[Completion]") -> None:
    """Write a few completions, and their accuracy against the curated truth beside the majority's."""
    from collections import Counter

    from kg_fashion.catalog import Lexicon
    from kg_fashion.resources import boutique_dir

    lexicon = Lexicon(catalogue.ontology)
    with (boutique_dir() / "truth.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["sku"]: row for row in csv.DictReader(stream)}
    truth = {
        (sku, target): {lexicon.resolve(target, word) for word in row[target].split("|")}
        for sku, row in rows.items()
        for target in inferrer.targets
    }
    say("== completions ==")
    for target in inferrer.targets:
        for gap in [gap for gap in completions if gap.attribute == target and gap.value][:3]:
            say(f"{catalogue.get(gap.garment_id).name}\n    {gap.text(catalogue.label)}")
    say()
    measured = []
    for target in inferrer.targets:
        asked = [gap for gap in completions if gap.attribute == target]
        common = Counter(v for g in catalogue for v in g.values.get(target, ())).most_common(1)[0][0]
        right = sum(gap.best in truth[gap.garment_id, target] for gap in asked)
        decided = [gap for gap in asked if gap.value]
        sure = sum(gap.value in truth[gap.garment_id, target] for gap in decided)
        majority = sum(common in truth[gap.garment_id, target] for gap in asked)
        shares = [f"{right / len(asked):.3f}", f"{sure / max(1, len(decided)):.3f} of {len(decided)}"]
        measured.append([target, str(len(asked)), *shares, f"{majority / len(asked):.3f}"])
    table(["against the truth", "gaps", "accuracy", "where p >= 0.5", "majority"], measured)
    say()
