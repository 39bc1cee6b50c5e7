"""Drawings of the auditor's answers, each made of plain data in a width (`drawing.WIDTHS`)."""
