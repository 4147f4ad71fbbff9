"""How a timeline is drawn. `asyncdemo.plot` imports this package when something is drawn.

A sheet holds panels, one for each timeline; a panel is a frame around its content: rows of
spans, or the lanes of an overview. Everything is measured first, and drawn once.
"""
