"""What anybody may know of public kitchens: the window that needs no log-in.

Every name of a seller passes rules/publicity.py before it leaves this package, and nothing that a person
typed in their own words (names of products, notes, reasons) leaves it at all: foods are told by their type.
Figures of a period come from the summaries; lines are read for one delivery week alone.
"""
