"""Callwright: a self-hosted outbound contact centre.

The rooms, top to bottom: ``app`` (composition, CLI) > ``web``, ``adapters``, ``sim`` (the edge) >
``dialer`` > ``desk`` > ``lists``, ``analytics`` (engines) > ``compliance``, ``pacing`` (rules) > ``model`` > ``kit``.
Imports run downwards only; ``lint-imports`` checks it in the test run.
"""
