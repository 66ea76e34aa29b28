// Where the page starts: / makes or joins a room, /r/{roomId} is one.
import { Problem, type Room, getRoom } from "./api";
import { element, replace } from "./dom";
import { askIdentity, showStart } from "./entry";
import { takeToken } from "./identity";
import { Workbench } from "./workbench";

async function enter(app: HTMLElement, roomId: string): Promise<void> {
  const token = takeToken(roomId);
  let room: Room;
  try {
    room = await getRoom(roomId, token);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return replace(app, element("div", { class: "entry" }, element("h1", {}, "This room cannot be opened"), element("p", {}, error.message),
      element("p", {}, element("a", { href: "/" }, "Start another one"))));
  }
  const identity = await askIdentity(app, room.name);
  new Workbench(app, room.name, roomId, token, identity, room.role ?? "editor");
}

const app = document.getElementById("app")!;
const roomId = /^\/r\/([A-Za-z0-9_-]+)\/?$/.exec(location.pathname)?.[1];
if (roomId) void enter(app, roomId);
else showStart(app);
