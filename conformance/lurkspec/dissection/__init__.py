"""Captures with expected dissections, and the command that proves a dissector against them."""
