"""For machines that watch: is it alive, can it work, how much does it do."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, PlainTextResponse, Response

from pair_ls.hub import metrics
from pair_ls.hub.hub import Hub
from pair_ls.hub.requests import hub

router = APIRouter(tags=["health"])

AtHub = Annotated[Hub, Depends(hub)]
LONGEST_LAG_SECONDS = 1.0
LONGEST_COMMIT_SECONDS = 1.0


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Not ready; `trouble` says why."}})
async def readyz(hub: AtHub) -> Response:
    """Whether the hub can do its work now: the store answers, nothing waits locally, the event loop keeps up."""
    trouble = [hub.store_trouble] if hub.store_trouble else []
    if hub.store.spooled():
        trouble.append(f"{hub.store.spooled()} updates are safe on this machine but not in the database yet.")
    if hub.commits.unsaved_seconds > LONGEST_COMMIT_SECONDS:
        trouble.append("Updates wait for the store: they are not acknowledged, and their writers still have them.")
        trouble += [hub.commits.trouble] if hub.commits.trouble else []
    if hub.counters.loop_lag_seconds > LONGEST_LAG_SECONDS:
        trouble.append("The event loop is late.")
    if hub.is_stopping:
        trouble.append("The hub is stopping.")
    return JSONResponse({"ready": not trouble, "trouble": trouble}, 503 if trouble else 200)


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(hub: AtHub) -> Response:
    """Prometheus' text format."""
    hub.count()
    return Response(metrics.render(hub), media_type=metrics.MEDIA_TYPE)
