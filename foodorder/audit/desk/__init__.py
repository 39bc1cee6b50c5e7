"""An auditor's own working papers: what was seen of the trail, samples drawn, and what was found in them."""
