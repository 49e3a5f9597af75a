"""Finds, among thousands of rules, the few whose bodies can be part of a rule's own.

A rule stands under the rarest of its features, a predicate with its constant object or without; only rules under a
feature of the other rule can be part of it (the usual index for subset queries).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from kg_fashion.reasoning.lint.matching import Ancestors, saturated
from kg_fashion.reasoning.syntax import Constant, Pattern, Rule

Feature = tuple[str, str]


class Candidates:
    """An index of rules.

    Args:
        rules: The rules.
        ancestors: Class -> the classes above it.
    """

    def __init__(self, rules: Sequence[Rule], ancestors: Ancestors) -> None:
        self._ancestors = ancestors
        asked = [(rule, _asked(rule.patterns)) for rule in rules]
        frequency = Counter(feature for _, features in asked for feature in features)
        self._under: dict[Feature | None, list[tuple[Rule, frozenset[Feature]]]] = defaultdict(list)
        for rule, features in asked:
            rarest = min(features, key=lambda feature: (frequency[feature], feature), default=None)
            self._under[rarest].append((rule, features))

    def of(self, rule: Rule) -> Iterator[Rule]:
        """Iterate over the other rules whose body asks for nothing that this rule's body does not."""
        offered = _offered(saturated(rule, self._ancestors))
        for feature in (None, *sorted(offered)):
            for other, features in self._under.get(feature, ()):
                if other is not rule and features <= offered:
                    yield other


def _asked(patterns: Sequence[Pattern]) -> frozenset[Feature]:
    return frozenset(
        (pattern.predicate.nt, pattern.object.nt if isinstance(pattern.object, Constant) else "")
        for pattern in patterns
        if isinstance(pattern.predicate, Constant)
    )


def _offered(patterns: Sequence[Pattern]) -> frozenset[Feature]:
    exact = _asked(patterns)
    return exact | {(predicate, "") for predicate, _ in exact}
