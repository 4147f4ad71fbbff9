"""The commands that record any asyncio program and show what was recorded."""
