"""What makes parts of the documentation: ``python -m scripts.pictures`` and ``python -m scripts.reference``."""
