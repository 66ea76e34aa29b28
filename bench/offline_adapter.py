"""The product's offline model behind the interface of the offline benchmark.

python bench/offline_eval.py --completer bench.offline_adapter:Learned
"""

from pair_ls.completion.learned.model import LearnedModel, Spot


class Learned:
    """A removed file is taken for the one that is about to be typed in, as an editor opens a file of its workspace."""

    name = "pair_ls offline model"

    def __init__(self) -> None:
        self._model = LearnedModel()
        self._languages: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._spot = Spot("", 0, 0, 0)

    def add_file(self, path: str, text: str, lang: str) -> None:
        self._model.remove(path)
        for _ in self._model.index(path, lang, text):
            pass
        self._languages[path], self._texts[path] = lang, text

    def remove_file(self, path: str) -> None:
        text = self._texts.pop(path, None)
        if self._spot.path and self._spot.path != path:
            self._model.remove(self._spot.path)
        if text is None:
            self._model.remove(path)
        else:
            self._model.open(path, self._languages[path], text)
            self._spot = Spot(path, 0, 0, 0)

    def set_document(self, path: str, lang: str, before: str, after: str) -> None:
        if self._spot.path and self._spot.path != path and self._spot.path not in self._texts:
            self._model.remove(self._spot.path)
        if self._model.is_open(path):
            self._model.set_text(path, before + after)
        else:
            self._model.open(path, lang, before + after)
        column = len(before) - (before.rfind("\n") + 1)
        self._spot = Spot(path, before.count("\n"), column, column)

    def complete_identifier(self, typed: str, n: int) -> list[tuple[str, float]]:
        return [(offer.text, offer.confidence) for offer in self._model.identifiers(self._spot, typed, n)]

    def complete_line(self) -> tuple[str, float] | None:
        offers = self._model.lines(self._spot, 1)
        return (offers[0].text, offers[0].confidence) if offers else None
