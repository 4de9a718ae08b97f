"""The world outside, simulated: a carrier, the people called, agents at their desks, and virtual time.

The engines cannot tell it from the real one: ``carrier`` is a ``dialer.ports.Network``, ``agents`` is a
``desk.ports.Screens``, ``virtual_time`` an asyncio loop on which a floor's day takes seconds. ``people`` says what
happens when a number is dialled, from distributions or from a truth file. Nothing here decides anything for the dialer.
"""
