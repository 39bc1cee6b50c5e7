"""From accepted goods to money: invoices, credit notes, the three-way match, payments."""
