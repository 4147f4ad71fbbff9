"""Watching a program: what happens in it, written down as raw events.

`recorder` asks an `observer` to look; what it writes is said in `events`.
"""
