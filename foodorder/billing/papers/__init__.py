"""Documents by standard (foodorder/exchange) from the rows: invoices, orders and answers, delivery notes."""
