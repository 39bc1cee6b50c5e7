"""From a procurement record to goods in the kitchen: delivery notes, acceptance, claims."""
