"""Handouts for a class: student and teacher editions, cheat sheets, and student notebooks.

They are made from the committed, executed notebooks and run no code. `lesson` reads a notebook
into plain data; `typesetting` makes PDF of it, `page` HTML; `making` says what is made, in which
order, and puts it into a folder, whole or not at all.
"""
