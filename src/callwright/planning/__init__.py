"""Plans for managers: from a campaign's own history to answers with ranges. docs/planning.md is its handbook.

``history`` what is read; ``fit`` what is learned (``blocks``, ``spans``, ``staff``, ``cells`` under it); ``pace`` and
``surface`` how fast a floor works; ``grid``, ``draws`` and ``deplete`` the coming days in many possible futures;
``forecast`` and ``answers`` the questions; ``volume`` and ``backtest`` predictions against what came. No figure of what
happened is defined here (that is ``analytics``), and nobody is called.
"""
