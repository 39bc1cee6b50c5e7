"""Documents by standard, from one model: what leaves for and arrives from other people's programs.

`model` says what an invoice, an order, an answer to it and a delivery note hold, whatever the syntax, and
cannot be built with wrong sums. One module writes each syntax (`eslog`, `ubl_invoice`, `ubl_order`,
`ubl_response`, `ubl_despatch`: the same bytes for the same document), `read_invoice` reads invoices back,
and `safe_xml` lets no hostile file in. Pure: no database, no web, no clock.
"""
