"""Agents: presence, states, who gets the next call. It knows nothing of leads' rules, trunks or databases.

``service.Desk`` keeps the seats; ``routing`` is the pure choice of an agent; ``ports.Screens`` is what a screen hears.
"""
