"""Releases by the Open Contracting Data Standard: every event of a cycle and of an agreement becomes one.

Triggers note what was written (`release_due`); the clock's job reads the process concerned anew and writes
the releases that it has not yet: nothing is written twice, and after an outage the same as without it.
"""
