"""Lists: from a file somebody sends to people who can be called, and back to a cleaned file.

``reader`` turns bytes into rows; ``mapping`` says what a column means; ``numbers`` validates and enriches telephone
numbers; ``select`` is the rule language over customer facts; ``prepare`` joins them into records; ``importer``
stores a file as one batch; ``memory`` gives leads to a rehearsal; ``clean_export`` gives the cleaned list back.
Files are worked on as polars tables, chunk by chunk. What is stored and how lives in ``adapters.postgres.lists``
behind the port in ``ports``. Whether a person may be called is not decided here: that is ``compliance``.
"""
