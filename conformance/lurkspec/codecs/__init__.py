"""The suite's own wire formats. Each encoder can also make what no good encoder makes."""
