"""One file for each client that everybody uses: a small application of it, told where to call and what to say.

Each is imported where its library lives, in process or as a child; nothing here imports another adapter's library.
"""
