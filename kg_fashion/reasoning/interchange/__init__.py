"""Rules in other forms, in and out: SPARQL-RL text, SPARQL CONSTRUCT queries, SHACL rules in Turtle.

`files` reads a file of any of them; `srl`, `construct` and `shacl` write, `folder` writes queries one a file. Readers
know nothing of rule sets, so that `reasoning.ruleset` can call them.
"""
