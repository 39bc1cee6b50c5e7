"""Public kitchens buy food from local producers, lawfully, every week.

One sentence holds the system, and the packages stand in its order:

    catalogue     Producers publish **offers**;
    ordering      while a **cycle** is open kitchens place **orders**;
    procurement   at the deadline the scheduler closes the cycle and aggregates the orders into **records**;
    delivery      goods come with **delivery notes** and are accepted;
    billing       they are **invoiced** and **paid**;
    audit         auditors follow every cent from spend back to the offer.

Below them: `rules` (the rulebook, pure functions), `db`, `trail` (who did what), `outbox` (messages)
and `accounts` (who they are). Above them: `jobs` and `scheduler` (what the clock does) and `blueprints`, the
counters at which people are served.

A later stage may import an earlier one, never the reverse. This module imports nothing, so that the rulebook
can be read and run without a framework.
"""
