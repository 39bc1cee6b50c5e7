"""The invented world of the demo: who cooks, who grows, what is eaten and what is offered each week."""
