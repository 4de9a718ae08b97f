"""The real telephone: calls over Asterisk 22, commanded by ARI. Asterisk's words stop here.

``plan`` what an installation has (trunks, ports, directories); ``config`` Asterisk's files made from it; ``root`` an
Asterisk in a directory of its own; ``process`` a running one; ``ari`` the client; ``network`` the dialer's port on it.
"""
