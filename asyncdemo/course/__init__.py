"""The notebooks' tooling: it knows the library, and the library never imports it."""
