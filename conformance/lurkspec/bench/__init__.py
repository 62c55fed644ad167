"""Speed of the reference programs: `python3 -m lurkspec.bench`, called by ci/bench."""
