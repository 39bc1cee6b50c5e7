"""What may be bought on which lawful basis: agreements, lots, ceilings, kinds, purchases elsewhere."""
