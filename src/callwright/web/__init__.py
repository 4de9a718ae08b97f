"""The page: a read-only live board for a browser on this machine. The API and the real screens will live here too.

``server`` speaks HTTP, ``page`` is the page itself. What is shown comes in as a function; this room knows no dialer.
"""
