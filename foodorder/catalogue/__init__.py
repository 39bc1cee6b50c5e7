"""Food types, products, offers and their versions, and the numbers of the law."""
