// The hub's REST interface as this page uses it. Every refusal is a `Problem` with the hub's sentence and code (RFC 9457).
import { participantSecret } from "./identity";

export type Role = "viewer" | "editor" | "owner";

export interface Room {
  roomId: string;
  name: string;
  language: string;
  role?: Role;
}
export interface HistoryEntry {
  sequence: number;
  at: number;
  author: string;
  name: string;
}
export interface EarlierState {
  sequence: number;
  text: string;
  lines?: string[];
}
/** Takes the place of the text between `start` and `end`, in UTF-16 units. */
export interface Suggestion {
  text: string;
  start: number;
  end: number;
  confidence: number;
  source: string;
}

export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, sentence: string) {
    super(sentence);
  }
}

async function call<T>(method: string, path: string, asker: Record<string, string>, body?: object, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...asker, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "hub-unreachable", "The hub does not answer. Your text is kept here and sent when it is back.");
  }
  const answer = response.status === 204 ? undefined : await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, answer?.code ?? "error", answer?.detail ?? answer?.title ?? `The hub answered ${response.status}.`);
  return answer as T;
}

/** The link one came by, and which of those who came by it one is: roles are given to participants, not to links. */
const asker = (roomId: string, token?: string): Record<string, string> => ({
  "x-pair-participant": participantSecret(roomId), ...(token && { authorization: `Bearer ${token}` }),
});
const room = (roomId: string): string => `/api/rooms/${encodeURIComponent(roomId)}`;
const documentOf = (roomId: string, documentId: string): string => `${room(roomId)}/documents/${encodeURIComponent(documentId)}`;

export const createRoom = (name: string, language: string): Promise<Room & { token: string }> =>
  call("POST", "/api/rooms", {}, { name, language });
export const getRoom = (roomId: string, token?: string): Promise<Room> => call("GET", room(roomId), asker(roomId, token));
export const createDocument = (roomId: string, path: string, language: string, token?: string): Promise<{ documentId: string; path: string }> =>
  call("POST", `${room(roomId)}/documents`, asker(roomId, token), { path, language });
export const renameDocument = (roomId: string, documentId: string, path: string, token?: string): Promise<{ path: string }> =>
  call("PATCH", documentOf(roomId, documentId), asker(roomId, token), { path });
export const deleteDocument = (roomId: string, documentId: string, token?: string): Promise<void> => call("DELETE", documentOf(roomId, documentId), asker(roomId, token));

const MOST_HISTORY = 10_000;

/** Oldest first; of a very long history its newest part. */
export async function historyOf(roomId: string, documentId: string, token?: string): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let before: number | null = null;
  do {
    const query: string = before === null ? "" : `&before=${before}`;
    const page: { entries: HistoryEntry[]; next: number | null } = await call("GET", `${documentOf(roomId, documentId)}/history?limit=1000${query}`, asker(roomId, token));
    entries.push(...page.entries);
    before = page.next;
  } while (before !== null && entries.length < MOST_HISTORY);
  return entries.reverse();
}

export const earlierState = (roomId: string, documentId: string, sequence: number, token?: string): Promise<EarlierState> =>
  call("GET", `${documentOf(roomId, documentId)}/history/${sequence}`, asker(roomId, token));
export const restore = (roomId: string, documentId: string, sequence: number, token?: string): Promise<void> =>
  call("POST", `${documentOf(roomId, documentId)}/restore`, asker(roomId, token), { sequence });
export const createInvite = (roomId: string, role: Role, expiresInSeconds: number, token?: string): Promise<{ invite: string }> =>
  call("POST", `${room(roomId)}/invites`, asker(roomId, token), { role, expiresInSeconds });
export const setRole = (roomId: string, participantId: string, role: Role, token?: string): Promise<void> =>
  call("PATCH", `${room(roomId)}/participants/${encodeURIComponent(participantId)}`, asker(roomId, token), { role });
export const kick = (roomId: string, participantId: string, token?: string): Promise<void> =>
  call("DELETE", `${room(roomId)}/participants/${encodeURIComponent(participantId)}`, asker(roomId, token));
export const autocomplete = (
  request: { roomId: string; documentId: string; code: string; cursorPosition: number; language: string }, token: string | undefined, signal: AbortSignal,
): Promise<{ suggestions: Suggestion[] }> => call("POST", "/api/autocomplete", asker(request.roomId, token), request, signal);
