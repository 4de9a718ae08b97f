"""The recording vault: what was said on the line, kept so that it cannot be lost, changed, overheard or forgotten.

``vault`` is the door: the telephone adapter tells it what happens, people ask it for audio. Behind it: ``wav`` repairs
headers, ``compose`` puts two sides into one stereo file, ``sealed`` encrypts it in chunks, ``keys`` guards the keys,
``taking`` does all of that on a thread, ``chain`` is the list of hashes, ``verifying`` checks it all, ``waiting`` keeps
what the database could not take yet. ``ports`` says what the vault needs of a database; ``memory`` does it without one.
"""
