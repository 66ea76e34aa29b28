"""What became of what we showed: counted here, shown to the user on request, sent to nobody. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of ghost texts."""

    shown: int = 0
    accepted: int = 0
    partly_accepted: int = 0
    accepted_characters: int = 0


class Feedback:
    """`item` is the number that a ghost text carries in its command. Partial acceptance is cumulative, as editors
    report it."""

    def __init__(self) -> None:
        self._shown: set[int] = set()
        self._accepted: set[int] = set()
        self._partly: dict[int, int] = {}

    def shown(self, item: int) -> None:
        self._shown.add(item)

    def accepted(self, item: int) -> None:
        self._accepted.add(item)

    def partly_accepted(self, item: int, characters: int) -> None:
        self._partly[item] = max(characters, self._partly.get(item, 0))

    def counts(self) -> Counts:
        return Counts(len(self._shown), len(self._accepted), len(self._partly), sum(self._partly.values()))
