"""The parts of the seed corpora; ../make_seeds.py puts them together."""
