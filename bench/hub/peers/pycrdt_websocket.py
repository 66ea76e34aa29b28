"""pycrdt-websocket under uvicorn with uvloop, storing nothing, on the port of the environment's PORT."""

import asyncio
import os

import uvicorn
import uvloop
from pycrdt.websocket import ASGIServer, WebsocketServer
from pycrdt.websocket.websocket_server import exception_logger


async def main() -> None:
    hub = WebsocketServer(auto_clean_rooms=False, exception_handler=exception_logger)
    async with hub:
        app = ASGIServer(hub)
        await uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", lifespan="off")
        ).serve()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
