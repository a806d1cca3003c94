"""Fuzzing what reads strangers' bytes. ``make fuzz`` runs it; the tests replay what was kept."""
