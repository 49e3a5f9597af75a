"""Cross products that would not fit into memory are refused before anything runs.

A step of a plan that shares no variable with what is bound by then multiplies all bindings by all facts that it
matches. Sizes of relations are known exactly when a plan is made, so the rows can be told beforehand.
"""

import re
from collections.abc import Set

from kg_fashion import terms
from kg_fashion.errors import RuleError, SettingsError
from kg_fashion.reasoning.plan import Compare, Match, Plan, Statistics, Values
from kg_fashion.reasoning.syntax import Pattern, Rule

_BYTES_PER_VALUE = 8
_UNITS = {"": 1, "B": 1, **{f"{u}B": 1000**n for n, u in enumerate("KMGT", 1)}}
_UNITS |= {f"{u}IB": 1024**n for n, u in enumerate("KMGT", 1)}


def in_bytes(size: int | str) -> int:
    """Return a size in bytes.

    Args:
        size: Bytes, or a number with a unit: KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024).

    Raises:
        SettingsError: it is neither.

    Example:
        >>> in_bytes("1.5 GiB"), in_bytes("2GB"), in_bytes(10)
        (1610612736, 2000000000, 10)
    """
    found = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", str(size))
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None or not re.fullmatch(r"\d+(\.\d*)?", found[1]):
        raise SettingsError(f"not a size of memory: {size!r}; write bytes, or a number with a unit such as 4GB")
    return int(float(found[1]) * unit)


def check_cross_product(plan: Plan, sizes: Statistics, limit_bytes: int) -> None:
    """Refuse a plan with a cross product that is expected to outgrow memory.

    Args:
        plan: The steps of a rule.
        sizes: How many facts a pattern matches.
        limit_bytes: What the bindings may take.

    Raises:
        RuleError: they would take more; the message gives the rows and bytes and the patterns.

    Example:
        >>> from kg_fashion.reasoning.parser import parse
        >>> from kg_fashion.reasoning.plan import make_plan
        >>> class Sizes:
        ...     def fanout(self, pattern, bound, *, base=False):
        ...         return 1e5 / 1e5 ** len(bound & pattern.variables)
        >>> rule = parse("PREFIX : <urn:> RULE :all { ?x :r ?z } WHERE { ?x :p ?y . ?z :q ?w }").rules[0]
        >>> check_cross_product(make_plan(rule, Sizes()), Sizes(), 10**9)
        Traceback (most recent call last):
        ...
        kg_fashion.errors.RuleError: 1:17: rule urn:all pairs everything with everything: about 10,000,000,000 rows...
    """
    rows = 1.0
    bound: set[str] = set()
    for step in plan.steps:
        if isinstance(step, Values):
            rows *= len(step.constants)
            bound.add(step.variable)
        if not isinstance(step, Match):
            continue
        linked = bound & (step.pattern.variables | _equal(plan, step.pattern))
        rows *= sizes.fanout(step.pattern, linked & step.pattern.variables, base=step.source == "base")
        bound |= step.pattern.variables
        if linked or bound == step.pattern.variables:
            continue
        if rows * len(bound) * _BYTES_PER_VALUE > limit_bytes:
            size = int(rows * len(bound) * _BYTES_PER_VALUE)
            raise refusal(plan.rule, rows, size, limit_bytes, _advice(plan, step.pattern))


def _equal(plan: Plan, pattern: Pattern) -> Set[str]:
    """Return the variables that a test makes the same as one of a pattern's: such a join is no cross product."""
    found: set[str] = set()
    for step in plan.steps:
        if isinstance(step, Compare) and step.expression.same:
            pair = set(step.expression.same)
            if pair & pattern.variables:
                found |= pair
    return found - pattern.variables


def _advice(plan: Plan, pattern: Pattern) -> str:
    others = [step.pattern for step in plan.steps if isinstance(step, Match)]
    before = others[: others.index(pattern)]
    return f"share a variable between {{ {' . '.join(map(str, before))} }} and {{ {pattern} }}, or filter earlier"


def refusal(rule: Rule, rows: float, size: int, limit: int, advice: str) -> RuleError:
    """Return the error of a rule that pairs more than memory holds.

    Args:
        rule: The rule.
        rows: How many pairs it makes.
        size: What they would take, in bytes.
        limit: What they may take, in bytes.
        advice: What to do.
    """
    message = (
        f"rule {terms.shorten(rule.iri)} pairs everything with everything: about {rows:,.0f} rows, {_words(size)},"
        f" above the memory limit of {_words(limit)}; {advice}"
    )
    return RuleError(message, path=rule.path, line=rule.line, column=rule.column, iri=rule.iri)


def _words(size: int) -> str:
    for unit, factor in (("TB", 1000**4), ("GB", 1000**3), ("MB", 1000**2)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size:,} bytes"
