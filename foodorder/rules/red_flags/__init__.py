"""Red flags: pure rules with facts in and evidence out. A flag is a reason to look, not a verdict."""
