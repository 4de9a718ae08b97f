"""The nouns of the house, their state machines and events. Pure: no I/O, no asyncio, no clock of its own.

``outcome`` the layers of what became of a call; ``attempt`` one dial and its life; ``agent`` the people who talk;
``people`` customers, numbers, leads; ``campaign`` what a manager decides.
"""
