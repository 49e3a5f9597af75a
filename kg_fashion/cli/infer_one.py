"""kg-fashion infer for one garment: one of a catalogue, or one that is described by flags; what is shown is why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg_fashion.cli.console import emit_json, pair, say, write_text
from kg_fashion.errors import InputError

if TYPE_CHECKING:
    from kg_fashion.catalog import Catalogue
    from kg_fashion.inference import AttributeInferrer
    from kg_fashion.ontology import Ontology


@dataclass(frozen=True)
class OneGarment:
    """Which garment is asked about, if one is.

    Attributes:
        explain: The identifier of one in the catalogue.
        values: Of one that is described: attribute=word.
        name: Its name.
    """

    explain: str | None
    values: tuple[str, ...]
    name: str | None

    def __post_init__(self) -> None:
        if self.explain is not None and self.described:
            raise InputError("--explain names a garment of the catalogue, --set and --name describe one: give either")

    @property
    def described(self) -> bool:
        """Whether flags describe it."""
        return bool(self.values or self.name)

    @property
    def asked(self) -> bool:
        """Whether one garment is asked about."""
        return self.described or self.explain is not None

    def catalogue(self, read: "Catalogue | None", ontology: "Ontology") -> "Catalogue":
        """Return what is to be completed: the catalogue that was read, its one garment, or the one described."""
        from kg_fashion.catalog import described_garment

        if self.described:
            wanted = "give an attribute and its value, such as --set material=linen"
            words = [pair(given, f"--set {given}: {wanted}") for given in self.values]
            alone = described_garment(words, name=self.name, ontology=ontology)
            return alone if read is None else replace(alone, value_labels={**alone.value_labels, **read.value_labels})
        if read is None:
            raise InputError("give a catalogue")
        return read if self.explain is None else replace(read, garments=(read.get(self.explain),))

    def others(self, read: "Catalogue | None") -> "Catalogue":
        """Return what to learn from: the catalogue without the garment, so that it does not count for itself.

        Raises:
            InputError: there is no catalogue.
        """
        if read is None:
            raise InputError("give a catalogue to learn from, or with --model a folder that train embeddings made")
        if self.explain is None:
            return read
        return replace(read, garments=tuple(garment for garment in read if garment.id != self.explain))

    def show(
        self,
        inferrer: "AttributeInferrer",
        catalogue: "Catalogue",
        limits: Mapping[str, float],
        *,
        known: "Catalogue | None",
        svg: Path | None,
        lang: str,
        json: bool,
    ) -> None:
        """Write why the garment has the values that are inferred for it.

        Args:
            inferrer: The model.
            catalogue: The one garment.
            limits: Target -> the probability below which a gap would be left open.
            known: Garments to name the nearest of; those trained on by default.
            svg: Draw it into this file, too.
            lang: en or zh.
            json: Write JSON instead of text.
        """
        from kg_fashion.inference import explanations_to_svg

        found = [
            inferrer.explain(catalogue, catalogue[0], target, known=known, threshold=limit)
            for target, limit in limits.items()
        ]
        if svg is not None:
            write_text(svg, explanations_to_svg(found, lang=lang))
        if json:
            emit_json([one.to_dict(lang=lang) for one in found])
        else:
            say("\n\n".join(one.text(lang) for one in found))
