"""What a compiled rule means, in words: for an explanation, and for a finding."""

import re

from kg_fashion import terms

_WORDS = {
    "eq-ref": "everything is the same as itself",
    "eq-sym": "being the same holds both ways",
    "eq-trans": "being the same carries on",
    "eq-rep-s": "what is said of a thing by {0} holds of what is the same",
    "eq-rep-p": "{0} is the same as {1}",
    "eq-rep-o": "what {0} leads to, it leads to by all its names",
    "eq-diff1": "nothing is both the same as another thing and different from it",
    "eq-diff2": "things that are all different are not the same",
    "eq-diff3": "things that are all different are not the same",
    "prp-ap": "a property for annotations, by the standard",
    "prp-dom": "only what is in its domain has {0}",
    "prp-rng": "{0} leads only to its range",
    "prp-fp": "a thing has one {0} only",
    "prp-ifp": "one thing only has the same {0}",
    "prp-irp": "nothing has itself as {0}",
    "prp-symp": "{0} holds both ways",
    "prp-asyp": "{0} never holds both ways",
    "prp-trp": "{0} carries on",
    "prp-spo1": "{0} is a kind of its superproperty",
    "prp-spo2": "{0} follows from a chain",
    "prp-pdw": "nothing has the same value as {0} and as {1}",
    "prp-adp": "nothing has the same value as {0} and as {1}",
    "prp-inv1": "{0} and its inverse",
    "prp-inv2": "{0} and its inverse",
    "prp-key": "a {0} is told by its key",
    "prp-npa1": "{0} is told not to have this {1}",
    "prp-npa2": "{0} is told not to have this {1}",
    "cls-thing": "a class, by the standard",
    "cls-nothing1": "a class, by the standard",
    "cls-nothing2": "nothing can be in a class that has no members",
    "cls-int1": "what is told to be a {0} by what it has",
    "cls-uni": "what is told to be a {0} by what it is",
    "cls-com": "nothing is both a {0} and what a {0} is told not to be",
    "cls-svf1": "what is told to be a {0} by what it leads to",
    "cls-svf2": "what is told to be a {0} by having a value",
    "cls-avf": "a {0} leads only to what the ontology lets it",
    "cls-hv1": "what every {0} has",
    "cls-hv2": "what is told to be a {0} by a value",
    "cls-maxc1": "a {0} has no {1}",
    "cls-maxc2": "a {0} has one {1} at most",
    "cls-maxqc1": "a {0} has no {1} of that kind",
    "cls-maxqc2": "a {0} has no {1}",
    "cls-maxqc3": "a {0} has one {1} of that kind at most",
    "cls-maxqc4": "a {0} has one {1} at most",
    "cls-oo": "the ontology lists every {0}",
    "cax-sco": "every {0} is, by the ontology",
    "cax-dw": "nothing is both a {0} and a {1}",
    "cax-adc": "nothing is both a {0} and something that a {0} cannot be",
    "dt-type1": "a datatype, by the standard",
    "dt-diff": "nothing has two different values of {-1}",
    "dt-not-type": "a value of {0} must be of its datatype",
    "scm-cls": "every class lies below itself and everything, by the standard",
    "scm-sco": "a class below a class below another lies below that",
    "scm-eqc1": "classes that are equivalent lie below one another",
    "scm-eqc2": "classes that lie below one another are equivalent",
    "scm-op": "every property lies below itself, by the standard",
    "scm-dp": "every property lies below itself, by the standard",
    "scm-spo": "a property below a property below another lies below that",
    "scm-eqp1": "properties that are equivalent lie below one another",
    "scm-eqp2": "properties that lie below one another are equivalent",
    "scm-dom1": "what lies above the domain is a domain",
    "scm-dom2": "a property has the domain of what it is a kind of",
    "scm-rng1": "what lies above the range is a range",
    "scm-rng2": "a property has the range of what it is a kind of",
    "scm-hv": "what the ontology says of a class places it below another",
    "scm-svf1": "what the ontology says of a class places it below another",
    "scm-svf2": "what the ontology says of a class places it below another",
    "scm-avf1": "what the ontology says of a class places it below another",
    "scm-avf2": "what the ontology says of a class places it below another",
    "scm-int": "what the ontology says of a class places it below another",
    "scm-uni": "what the ontology says of a class places it below another",
}


def axiom_label(rule: str) -> str | None:
    """Say in words what an axiom's rule means; None for a rule that is not an axiom's.

    Example:
        >>> axiom_label(terms.RULE["owl/cax-sco/TrenchCoat"])
        'every trench coat is, by the ontology'
        >>> axiom_label(terms.RULE["owl/cax-dw/Coat/Outfit"])
        'nothing is both a coat and an outfit'
    """
    name = rule.removeprefix(terms.RULE + "owl/")
    if name == rule:
        return None
    kind, *subjects = name.split("/")
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", subject).lower() for subject in subjects]
    words = [word for word in words if not word.isdigit()] or ["thing"]
    text = _WORDS[kind].replace("{-1}", words[-1])
    text = text.format(*words, *["thing"] * 2)
    return re.sub(r"\b(a) (?=[aeiou])", "an ", text)
