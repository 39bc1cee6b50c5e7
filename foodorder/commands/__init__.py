"""The commands of `foodorder`, one module per group; `foodorder.cli` puts them together.

Commands speak English: they are for whoever runs the installation. Errors that a person can mend are one line
on stderr and a non-zero exit code, never a traceback.
"""
