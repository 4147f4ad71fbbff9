"""What a trace shows of a timeline: tracks, arrows between them, counters above them."""
