// Links: what somebody pastes, and what a vscode:// address carries. Pure.

const ROOM_PATH = /^\/r\/[A-Za-z0-9_-]{1,128}\/?$/;

/** The sentence to show when `link` is not one, else undefined. */
export function problemWith(link: string): string | undefined {
  let url: URL;
  try {
    url = new URL(link.trim());
  } catch {
    return "That is not a link. Paste the whole address, for example http://host:8000/r/…";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "A room's link starts with http:// or https://.";
  if (!ROOM_PATH.test(url.pathname)) return "That link leads to no room: its address should contain /r/ and the room's id.";
  return undefined;
}

/** The room's link inside `vscode://pairls.pairls/join?link=…`, or undefined. */
export function linkOfUri(path: string, query: string): string | undefined {
  if (path !== "/join") return undefined;
  const link = new URLSearchParams(query).get("link");
  return link && problemWith(link) === undefined ? link : undefined;
}
