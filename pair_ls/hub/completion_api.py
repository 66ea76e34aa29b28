"""REST: code completion for simple clients."""

from fastapi import APIRouter, Depends

from pair_ls.errors import PairError
from pair_ls.hub.api_models import PROBLEMS, AutocompleteRequest, Suggestions
from pair_ls.hub.requests import may_complete

router = APIRouter(tags=["completion"], responses=PROBLEMS)


@router.post("/api/autocomplete", dependencies=[Depends(may_complete)])
async def autocomplete(body: AutocompleteRequest) -> Suggestions:
    """What could be typed next."""
    raise PairError("This hub does not complete code yet; editors do, without a hub.", code="not-implemented")
