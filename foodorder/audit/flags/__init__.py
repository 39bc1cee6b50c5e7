"""Red flags: what the rules find in the records, kept with evidence, states and notes."""
