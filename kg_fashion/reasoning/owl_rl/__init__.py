"""The OWL 2 RL rules of the W3C profile (section 4.3, tables 4 to 9), compiled against an ontology; one module a table.

`schema` finds the axioms, `hierarchy` closes the classes, `draft` turns what the tables give into rules;
`kg_fashion.reasoning.axioms` puts them together.
"""
