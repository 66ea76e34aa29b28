"""From what a model wrote to what may be inserted: an ordered tuple of small pure filters."""

from pair_ls.completion.cleaning.clean import FILTERS, Cleaned, clean
from pair_ls.completion.cleaning.situation import Situation

__all__ = ["FILTERS", "Cleaned", "Situation", "clean"]
