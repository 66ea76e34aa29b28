// A room as this page sees it: its index (documents), who is there, and the open document's connection.
import * as Y from "yjs";
import type { Role } from "./api";
import { Connection } from "./connection";
import { type Identity, participantSecret } from "./identity";

export const MAIN_DOCUMENT = "main";
const INDEX = "index";

export interface DocumentEntry {
  documentId: string;
  path: string;
  language: string;
}

export interface Participant {
  key: number;
  participantId: string;
  name: string;
  color: string;
  role: Role;
  document: string | null;
  line: number | null;
  isSelf: boolean;
}

export class Room {
  readonly index: Connection;
  open: Connection | undefined;
  onChange: () => void = () => {};
  private readonly entries: Y.Map<{ path: string; language: string }>;
  private scheduled = false;

  constructor(readonly roomId: string, readonly token: string | undefined, readonly identity: Identity, public role: Role) {
    this.index = this.connection(INDEX);
    this.entries = this.index.doc.getMap("documents");
    this.entries.observe(this.changed);
    this.index.awareness.on("change", this.changed);
    this.index.awareness.setLocalState({ user: identity, document: null, line: null });
  }

  get documents(): DocumentEntry[] {
    const list = [...this.entries.entries()].map(([documentId, { path, language }]) => ({ documentId, path, language }));
    return list.sort((one, other) => one.path.localeCompare(other.path));
  }

  /** Everybody in the room, from the index's awareness; one row for each of them, ourselves first. */
  get participants(): Participant[] {
    const list: Participant[] = [];
    for (const [key, state] of this.index.awareness.getStates()) {
      const user = state.user as (Partial<Identity> & { role?: Role; id?: string }) | undefined;
      if (!user?.name) continue;
      const isSelf = key === this.index.doc.clientID;
      list.push({
        key, isSelf, name: String(user.name), color: String(user.color), participantId: user.id ?? String(key),
        role: isSelf ? this.role : (user.role ?? "editor"),
        document: typeof state.document === "string" ? state.document : null,
        line: typeof state.line === "number" ? state.line : null,
      });
    }
    return list.sort((one, other) => Number(other.isSelf) - Number(one.isSelf) || one.name.localeCompare(other.name));
  }

  openDocument(documentId: string): Connection {
    this.open?.destroy();
    this.open = this.connection(documentId);
    this.open.awareness.setLocalStateField("user", this.identity);
    this.open.awareness.on("change", this.changed);
    this.setPlace(documentId, 0);
    return this.open;
  }

  closeDocument(): void {
    this.open?.destroy();
    this.open = undefined;
    this.setPlace(null, null);
  }

  setPlace(document: string | null, line: number | null): void {
    const before = this.index.awareness.getLocalState();
    if (before?.document === document && before?.line === line) return;
    this.index.awareness.setLocalState({ user: this.identity, document, line });
  }

  private connection(documentId: string): Connection {
    return new Connection({ roomId: this.roomId, documentId, token: this.token, participant: participantSecret(this.roomId) }, this.changed);
  }

  /** Many small events become one redraw. */
  private readonly changed = (): void => {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.onChange();
    });
  };
}
