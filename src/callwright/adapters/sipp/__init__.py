"""The second network: SIPp as the carrier and the people called, for runs and tests of the real telephone.

``behaviour`` what a number does at a call; ``scenario`` how SIPp plays it; ``sounds`` what is heard there; ``people``
and ``agents`` run it (``process``).
"""
