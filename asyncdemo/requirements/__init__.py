"""What an exercise asks of a run: each requirement looks at a timeline and answers in words.

A requirement is told by the calls it is about. A call is named by its function (`brew`) or
by its whole label (`brew('tea', 0.3)`).
"""
