"""Benches: each figure beside a baseline that ran in turn with it, in the same run.

``python -m bench`` runs all of them and prints one table, ``python -m bench start lists`` only those. The goals G4 to
G16 are those of the design; a machine that is busy or slow moves both sides of a ratio alike. Nothing is left behind:
servers run on free ports and private sockets, files lie in temporary folders.
"""
