"""The proof under load: many processes, killed and stopped at random, and afterwards every row counted.

``python -m stress`` runs all of it at a size that takes minutes, ``make stress`` at full size. Each part also runs the
naive variants on the same seed, which must fail: a proof that cannot fail proves nothing. See ``docs/en/promise.md``.
"""
