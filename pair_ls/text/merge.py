"""Three-way merge of whole texts, for when only the texts are left of two histories."""

from pair_ls.text.delta import apply, transform
from pair_ls.text.difference import difference


def merge_three_way(base: str, mine: str, theirs: str) -> str:
    """Both sides' edits on `base`. What either side inserted stays; what either deleted goes.

    An edit that both sides made is made once. Where both inserted at the same place, mine comes first.
    """
    my_edits = difference(base, mine)
    made_by_me = set(my_edits)
    only_theirs = tuple(edit for edit in difference(base, theirs) if edit not in made_by_me)
    return apply(transform(only_theirs, my_edits, before=False), mine)
