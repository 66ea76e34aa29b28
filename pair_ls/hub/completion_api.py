"""REST: code completion for simple clients. They count UTF-16 units, as JavaScript does."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from pair_ls.completion.candidate import Candidate
from pair_ls.engines.autocomplete import Autocomplete, Posted
from pair_ls.hub.api_models import PROBLEMS, AutocompleteRequest, Suggestion, Suggestions
from pair_ls.hub.may_be_sent import origin_of
from pair_ls.hub.requests import may_complete
from pair_ls.hub.rooms_api import AskedBy, AtDesk

router = APIRouter(tags=["completion"], responses=PROBLEMS)


def completion(request: Request) -> Autocomplete:
    """The one engine of the process."""
    found: Autocomplete = request.state.autocomplete
    return found


@router.post("/api/autocomplete", dependencies=[Depends(may_complete)])
async def autocomplete(
    body: AutocompleteRequest, asker: AskedBy, desk: AtDesk, engine: Annotated[Autocomplete, Depends(completion)]
) -> Suggestions:
    """What could be typed next. Learned from the posted code alone if it must stay here or there is no endpoint."""
    prefix, suffix = split(body.code, body.cursor_position)
    origin = await origin_of(desk, asker, room_id=body.room_id, document_id=body.document_id, text=body.code)
    candidate = await engine.complete(
        Posted(
            prefix=prefix,
            suffix=suffix,
            language_id=body.language,
            path=origin.path,
            reason_off=origin.reason_off,
        )
    )
    if candidate is None:
        return Suggestions(suggestion="", confidence=0.0, source="none", suggestions=[])
    found = suggestion_of(candidate, units(prefix), suffix)
    return Suggestions(suggestion=found.text, confidence=found.confidence, source=found.source, suggestions=[found])


def suggestion_of(candidate: Candidate, cursor: int, suffix: str) -> Suggestion:
    """At the cursor, and perhaps over what follows it."""
    return Suggestion(
        text=candidate.text,
        confidence=candidate.confidence,
        source=candidate.source.name.lower(),
        start=cursor,
        end=cursor + units(suffix[: candidate.replace_after]),
    )


def split(code: str, cursor: int) -> tuple[str, str]:
    """The text before and after the cursor; never inside a character, never behind the end."""
    before = code.encode("utf-16-le", "surrogatepass")[: 2 * cursor].decode("utf-16-le", "surrogatepass")
    if not code.startswith(before):  # half a pair at its end
        before = before[:-1]
    return before, code[len(before) :]


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
