"""kg-fashion rules learn: how often rules are right about a catalogue, beside what they state."""

from pathlib import Path
from typing import Annotated

import typer

from kg_fashion.cli import options
from kg_fashion.cli.console import check_folder, emit_json, guarded, progress, say, table


@guarded
def learn(
    catalogue_file: options.CatalogueFile,
    rules: options.RulesPath = None,
    mapping: options.Mapping = None,
    ontology: options.OntologyPath = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write the rules with their learned confidences to this file, or folder for a folder."
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Learn how often each rule is right where a catalogue supplies the value; ! marks a stated one that is off."""
    from kg_fashion import terms
    from kg_fashion.catalog import read_catalogue
    from kg_fashion.ontology import read_ontology
    from kg_fashion.reasoning import load_rules
    from kg_fashion.settings import read_settings

    check_folder(out)
    settings = read_settings(ontology=ontology, rules=rules)
    known = read_ontology(settings.ontology)
    chosen = load_rules(settings.rules, ontology=known)
    catalogue = read_catalogue(catalogue_file, mapping=mapping, ontology=known, progress=progress)
    from kg_fashion.inference.confidence import learn_confidences, updated_texts

    found = learn_confidences(catalogue, chosen, progress=progress)
    if out is not None:
        single = settings.rules is not None and settings.rules.is_file()
        _write(updated_texts(chosen, found), out, single=single)
    if json:
        emit_json([
            {"rule": one.rule, "attribute": one.attribute, "stated": one.stated, "learned": round(one.learned, 4),
             "right": one.right, "tried": one.tried, "low": round(one.low, 4), "high": round(one.high, 4),
             "surprising": one.surprising}
            for one in found
        ])  # fmt: skip
        return
    rows = [
        [terms.shorten(one.rule), one.attribute, "" if one.stated is None else f"{one.stated:.2f}",
         f"{one.learned:.2f}", f"{one.low:.2f}-{one.high:.2f}", f"{one.right:,}/{one.tried:,}",
         "!" if one.surprising else ""]
        for one in found
    ]  # fmt: skip
    table(["rule", "attribute", "stated", "learned", "95% interval", "right/tried", ""], rows)
    off = sum(one.surprising for one in found)
    say(f"{len(found)} of {len(chosen)} rules could be judged; {off} state a confidence outside the interval")


def _write(texts: dict[Path, str], out: Path, *, single: bool) -> None:
    from kg_fashion.errors import InputError

    try:
        if single:
            (text,) = texts.values()
            out.write_text(text, "utf-8")
            return
        out.mkdir(exist_ok=True)
        for path, text in texts.items():
            (out / path.name).write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=out) from error
