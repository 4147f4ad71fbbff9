"""Learn asyncio from pictures of how your code really ran."""
