"""The owlready2 bridge: the ontology in a DL reasoner's hands, for consistency and classification.

OWL 2 RL rules run at query time (`axioms.py`); HermiT, which needs Java, checks what they cannot: that no class is
unsatisfiable. Nothing is fetched: the ontology is handed over as RDF/XML bytes.
"""

import io
import shutil
import warnings
from typing import Any

import pyoxigraph as ox

from kg_fashion.errors import OntologyError
from kg_fashion.ontology import Ontology


def load_into_owlready(ontology: Ontology) -> Any:
    """Load an ontology into a fresh owlready2 world.

    Returns:
        The `owlready2.Ontology`.

    Raises:
        OntologyError: owlready2 cannot read it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import owlready2

    data = ox.serialize(ontology.triples, format=ox.RdfFormat.RDF_XML) or b""
    world = owlready2.World()
    try:
        return world.get_ontology("https://w3id.org/kg-fashion/ontology#").load(fileobj=io.BytesIO(data))
    except owlready2.OwlReadyOntologyParsingError as error:
        raise OntologyError(f"owlready2 cannot read the ontology: {error}") from error


def unsatisfiable_classes(ontology: Ontology) -> list[str]:
    """Classify with HermiT and return the IRIs of the classes that can have no member.

    Raises:
        OntologyError: the ontology is inconsistent, or no Java runtime is found.
    """
    if shutil.which("java") is None:
        raise OntologyError("HermiT needs a Java runtime; install one, or leave this check out")
    import owlready2

    loaded = load_into_owlready(ontology)
    try:
        with loaded:
            owlready2.sync_reasoner_hermit(loaded.world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        raise OntologyError("the ontology is inconsistent: no world can satisfy all its axioms") from error
    return sorted(cls.iri for cls in loaded.world.inconsistent_classes() if cls is not owlready2.Nothing)
