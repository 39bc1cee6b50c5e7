"""Everything about one procurement record in one ZIP: what an auditor takes along as evidence.

`archive.pack` yields it piece by piece. docs/evidence_pack.md tells what is in it and how it is checked.
"""
