// The text that a stock Yjs client sees. Arguments: websocket URL up to /ws, room and document as ROOM/DOCUMENT.
// Last line of stdout: {text}.
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [url, place] = process.argv.slice(2);
const document = new Y.Doc();
const provider = new WebsocketProvider(url, place, document, { WebSocketPolyfill: WebSocket, disableBc: true });
provider.on("sync", (isSynced) => {
  if (!isSynced) return;
  console.log(JSON.stringify({ text: document.getText("content").toString() }));
  process.exit(0);
});
setTimeout(() => {
  console.error("not synchronized within 20 s");
  process.exit(1);
}, 20_000);
