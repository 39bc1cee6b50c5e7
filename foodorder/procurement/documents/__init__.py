"""Papers of a closed cycle: the record, the producer's list, the kitchen's deliveries, as PDF, XLSX and CSV.

They are made after the close, never in it, when somebody asks for them first, and kept by the fingerprint of
what they show.
"""
