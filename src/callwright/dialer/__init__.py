"""The engine that places calls: campaign loop, hopper, attempts, connecting, outcomes, recovery.

It decides nothing lawful itself (``compliance`` does) and no quantity (``pacing`` does); it carries decisions out on a
``Network`` and keeps them in a ``Store`` (both in ``ports``).
"""
