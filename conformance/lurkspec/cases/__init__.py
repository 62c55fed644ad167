"""The cases, one module per section of the specification. Ids are permanent; one that goes is listed here and
never used again."""

RETIRED: frozenset[str] = frozenset()
