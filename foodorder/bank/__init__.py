"""Files to and from the bank: the code on a payment form, batches of transfers, statements.

Pure: nothing here knows the database or the web. Money is integer cents; what comes from outside passes
`foodorder.exchange.safe_xml` first.
"""
