"""Open data about what public kitchens buy, in forms that portals and programs read. Pure: model → text."""
