"""The top floor: settings, command line, live board and the composition root. The only room that knows all others.

Nothing decides here: commands read files, put rooms together and print what they say.
"""
