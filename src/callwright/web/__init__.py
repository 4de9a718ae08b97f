"""The screens: the agents' and the leads' pages with the interface under them, and the read-only board.

``desk_app`` makes the application from ``desk_parts``; ``routes_*`` are its routes, ``guards`` what all requests pass,
``access`` who is let in, ``channel`` and ``screens`` the numbered events, ``serving`` the port. ``ports`` says what is
needed of a floor. ``server`` and ``page`` are the board's own small server. No dialer is made here.
"""
