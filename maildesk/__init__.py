"""maildesk: a terminal client with which a team answers the mail of several shops together."""

__version__ = "0.1.0"
