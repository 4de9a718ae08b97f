"""Figures: what the floor did, counted once and defined once.

``facts`` the raw material (frames of attempts, records, states); ``counts`` and ``rates`` one definition per figure,
put together in ``catalogue``; ``prepare`` and ``measure`` count by any mix of dimensions; ``breakdown`` shares and the
funnel; ``combinations`` figures read together; ``consistency`` figures that cannot all be true; ``report`` a report,
with its renderers in ``render`` and ``workbook``; ``explain`` the calls behind a figure; ``rehearsal`` the figures of a
rehearsal as JSON; ``capacity`` small planning arithmetic. Nothing here touches a database: PostgreSQL's facts come from
``adapters.postgres.facts``.
"""
