"""kg-fashion reason: derive what follows by axioms and rules, and write it into the store."""

from kg_fashion.cli import options
from kg_fashion.cli.console import emit_json, guarded, progress, say, table


@guarded
def reason(store: options.Store = None, rules: options.RulesPath = None, json: options.Json = False) -> None:
    """Derive what follows from a store by the axioms and rules, and write it into the store."""
    from kg_fashion.errors import InputError
    from kg_fashion.graph import KnowledgeGraph
    from kg_fashion.reasoning import load_rules
    from kg_fashion.reasoning import reason as derive
    from kg_fashion.settings import read_settings

    settings = read_settings(store=store, rules=rules)
    if settings.store is None:
        raise InputError("give the store's folder with --store")
    chosen = load_rules(settings.rules)
    KnowledgeGraph(settings.store, read_only=True).close()
    with KnowledgeGraph(settings.store) as graph:
        closure = derive(graph, chosen, progress=progress)
        written = closure.write(graph)
    own = {rule.iri for rule in chosen}
    counts = sorted(((rule, n) for rule, n in closure.counts.items() if rule in own), key=lambda pair: -pair[1])
    if json:
        emit_json({"derived": written, "rounds": closure.run.rounds, "seconds": round(closure.run.seconds, 3),
                   "rules": dict(closure.counts)})  # fmt: skip
        return
    say(f"{written:,} triples derived in {closure.run.rounds} rounds, {closure.run.seconds:.1f} s; by the rules:")
    table(["derived", "rule"], [[f"{count:,}", closure.rule_label(rule)] for rule, count in counts])
