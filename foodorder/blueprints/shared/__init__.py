"""What all counters share: formats, forms, errors, headers, language and the page around them."""
