"""Where vendors' words stop: each package here turns one part of the world into a port of an engine."""
