"""Open contracting: the Open Contracting Data Standard 1.1.5 with the profile of the European Union.

A contracting process is what one institution orders in one cycle; an agreement is a process of its own that
the cycles' processes name as theirs. `process` and `agreement` say what each event is as a release; `merge`
makes the record of all releases of a process; `masking` what the public may see of it; `checks` what the
schemas do not see. Everything is pure: the model in, JSON out.
"""
