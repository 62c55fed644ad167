"""The suite proves itself: against programs with named faults, every case has to show what it can see."""
