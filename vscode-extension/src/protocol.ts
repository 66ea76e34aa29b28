// Every message that is ours and not LSP's, in one place; its twin is pair_ls/language_server/custom_methods.py.
import type { Position } from "vscode-languageclient/node";

export const STATUS = "pair/status";
export const PARTICIPANTS = "pair/participants";
export const CURSORS = "pair/cursors";
export const CURSOR = "pair/cursor";

export type State = "none" | "connecting" | "connected" | "offline" | "refused";
export type Role = "viewer" | "editor" | "owner";

export interface Status {
  summary: string;
  state: State;
  since: number | null;
  roomId: string | null;
  roomName: string;
  role: Role | null;
  unacknowledged: number;
  repairedDrifts: number;
  participants: number;
  invite: string | null;
  page: string | null;
  /** Files of the room, and paths of the folder that are not in step with it. */
  fileCount: number;
  waiting: { path: string; reason: string }[];
  completion: { summary: string; kind: "Normal" | "Warning" | "Error" | "Inactive" } | null;
}

export interface Participant {
  participantId: string;
  name: string;
  role: Role;
  color: string;
  self: boolean;
  uri: string | null;
  path: string | null;
  line: number | null;
}

export interface RemoteCursor {
  participantId: string;
  name: string;
  color: string;
  anchor: Position;
  head: Position;
}

export interface CursorsParams {
  uri: string;
  cursors: RemoteCursor[];
}

export interface OwnCursor {
  uri: string;
  anchor: Position;
  head: Position;
}

export interface HistoryEntry {
  sequence: number;
  author: string;
  name: string;
  at: number;
}

/** What this client draws or answers itself; and whether what lies in the folder may say which room it is in. */
export const initializationOptions = (isTrusted: boolean): object => ({ pair: { cursors: true, status: true, applyEdit: false, trustsFolders: isTrusted } });
