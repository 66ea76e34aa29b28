"""The learned model as a source of candidates: what is good enough for a popup, and what for ghost text. Pure."""

from pair_ls.completion.candidate import Candidate, Kind, Source
from pair_ls.completion.learned.model import LearnedModel, Offer, Spot
from pair_ls.completion.request import Door, Request
from pair_ls.completion.stepwise import Steps, all_at_once

_MOST_ITEMS = 12
_LEAST_ITEM = 0.02
_LEAST_LINE_ITEM = 0.25


def offline_candidates(model: LearnedModel, request: Request) -> tuple[Candidate, ...]:
    """The best first: one for ghost text, some for a popup. None if the document has moved on since."""
    return all_at_once(finding_offline_candidates(model, request))


def finding_offline_candidates(model: LearnedModel, request: Request) -> Steps[tuple[Candidate, ...]]:
    """The same in steps."""
    line = request.prefix.count("\n")
    before = request.prefix[request.prefix.rfind("\n") + 1 :]
    word = request.word
    spot = Spot(request.uri, line, len(before) - len(word), len(before))
    if not model.stands_at(spot, before):
        return ()
    names = yield from model.finding_identifiers(spot, word, _MOST_ITEMS)
    rest: tuple[Candidate, ...] = ()
    if not word and not request.suffix[: request.suffix.find("\n") + 1 or None].strip():
        # The rest of the line only where nothing follows on it.
        if not model.stands_at(spot, before):
            return ()
        rest = _rest_of_line((yield from model.finding_lines(spot, 1)), request)
    if request.door is Door.ITEMS:
        return _items(names, rest, word)
    found = [*rest, *_continuations(names, word)]
    return tuple(sorted(found, key=lambda one: -one.confidence)[:1])


def _rest_of_line(offers: list[Offer], request: Request) -> tuple[Candidate, ...]:
    space = " " if request.prefix.endswith((" ", "\t")) else ""
    return tuple(
        Candidate(offer.text.lstrip(" ") if space else offer.text, offer.confidence, Source.OFFLINE, Kind.TEXT)
        for offer in offers
        if offer.text.strip()
    )


def _continuations(names: list[Offer], word: str) -> list[Candidate]:
    """Ghost text goes on from the word; a name in another case would have to replace it, which ghost text cannot
    show."""
    return [
        Candidate(offer.text[len(word) :], offer.confidence, Source.OFFLINE, Kind.NAME)
        for offer in names
        if offer.text.startswith(word)
    ]


def _items(names: list[Offer], rest: tuple[Candidate, ...], word: str) -> tuple[Candidate, ...]:
    items = [
        Candidate(offer.text, offer.confidence, Source.OFFLINE, Kind.NAME, replace_before=len(word))
        for offer in names
        if offer.confidence >= _LEAST_ITEM
    ]
    items += [candidate for candidate in rest if candidate.confidence >= _LEAST_LINE_ITEM]
    return tuple(sorted(items, key=lambda candidate: -candidate.confidence))
