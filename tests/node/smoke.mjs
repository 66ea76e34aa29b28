// Do the packages of this folder load, once each? Two copies of Yjs in one process do not understand each other.
import WebSocket from "ws";
import * as Y from "yjs";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";

const document = new Y.Doc();
document.getText("content").insert(0, process.argv[2]);
const copy = new Y.Doc();
Y.applyUpdate(copy, Y.encodeStateAsUpdate(document));
new Awareness(copy).destroy();
const provider = new WebsocketProvider("ws://127.0.0.1:9", "room", copy, { connect: false, WebSocketPolyfill: WebSocket });
provider.destroy();
console.log(JSON.stringify({ text: copy.getText("content").toString() }));
process.exit(0); // the provider keeps timers
