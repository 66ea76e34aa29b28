// Who is at this page: name and colour are remembered in the browser, the participant secret in the tab, so that a reload stays the same participant.

export interface Identity {
  name: string;
  color: string;
  colorLight: string;
}

/** White text can be read on each. */
export const COLORS = [
  ["blue", "#1967d2"], ["red", "#b3261e"], ["green", "#137333"], ["violet", "#8430ce"],
  ["brown", "#a05a00"], ["teal", "#00696d"], ["pink", "#b80672"], ["indigo", "#4a5fc1"],
] as const;
const STORED = "pair-ls.identity";

export function remembered(): Identity | undefined {
  try {
    const { name, color } = JSON.parse(localStorage.getItem(STORED) ?? "null") ?? {};
    return typeof name === "string" && name && typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color) ? identity(name, color) : undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, color: string): Identity {
  localStorage.setItem(STORED, JSON.stringify({ name, color }));
  return identity(name, color);
}

export function identity(name: string, color: string): Identity {
  return { name: name.trim().slice(0, 40), color, colorLight: `${color}33` };
}

export function randomColor(): string {
  return COLORS[crypto.getRandomValues(new Uint8Array(1))[0]! % COLORS.length]![1];
}

/** The secret that makes this tab's Yjs client ids ours; it never leaves for anybody but the hub. */
export function participantSecret(roomId: string): string {
  const key = `pair-ls.participant.${roomId}`;
  let secret = sessionStorage.getItem(key);
  if (!secret) {
    secret = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem(key, secret);
  }
  return secret;
}

/** The token comes in the link's fragment; it moves to the tab's storage and leaves the address at once. */
export function takeToken(roomId: string): string | undefined {
  const key = `pair-ls.token.${roomId}`;
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

export function keepToken(roomId: string, token: string): void {
  sessionStorage.setItem(`pair-ls.token.${roomId}`, token);
}
