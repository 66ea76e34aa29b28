// A room as this page sees it: its index (documents), who is there, and the open document's connection.
import * as Y from "yjs";
import type { Role } from "./api";
import { Connection, documentsPutAside } from "./connection";
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
  /** Documents that were left, by this page or the one before it in this tab, before the hub had all that was typed in them. */
  private readonly leaving = new Map<string, Connection>();
  private scheduled = false;

  constructor(readonly roomId: string, readonly token: string | undefined, public identity: Identity, public role: Role) {
    this.index = this.connection(INDEX);
    this.entries = this.index.doc.getMap("documents");
    this.entries.observe(this.changed);
    this.index.awareness.on("change", this.changed);
    this.index.awareness.setLocalState({ user: identity, document: null, line: null });
    for (const documentId of documentsPutAside(roomId)) this.leaving.set(documentId, this.connection(documentId));
  }

  get documents(): DocumentEntry[] {
    const list = [...this.entries.entries()].map(([documentId, { path, language }]) => ({ documentId, path, language }));
    return list.sort((one, other) => one.path.localeCompare(other.path));
  }

  /** Everybody in the room, from the index's awareness; one row for each of them, ourselves first. */
  get participants(): Participant[] {
    const list: Participant[] = [];
    for (const [key, state] of this.index.awareness.getStates()) {
      const user = state.user as (Partial<Identity> & { role?: Role; participantId?: string }) | undefined;
      if (!user?.name) continue;
      const isSelf = key === this.index.doc.clientID;
      list.push({
        key, isSelf, name: String(user.name), color: String(user.color), participantId: user.participantId ?? String(key),
        role: isSelf ? this.role : (user.role ?? "editor"),
        document: typeof state.document === "string" ? state.document : null,
        line: typeof state.line === "number" ? state.line : null,
      });
    }
    return list.sort((one, other) => Number(other.isSelf) - Number(one.isSelf) || one.name.localeCompare(other.name));
  }

  get connections(): Connection[] {
    return [...(this.open ? [this.open] : []), ...this.leaving.values()];
  }

  /** Edits of this page that are not safe on the hub yet, in every document that it had open. */
  get isUnsaved(): boolean {
    return this.connections.some((one) => one.isUnsaved);
  }

  openDocument(documentId: string): Connection {
    this.leaveDocument();
    this.open = this.leaving.get(documentId) ?? this.connection(documentId);
    this.leaving.delete(documentId);
    this.open.awareness.setLocalState({ user: this.identity });
    this.open.awareness.on("change", this.changed);
    this.setPlace(documentId, 0);
    return this.open;
  }

  /** It was deleted. */
  closeDocument(): void {
    this.open?.destroy();
    this.open = undefined;
    this.setPlace(null, null);
  }

  introduce(identity: Identity): void {
    this.identity = identity;
    this.open?.awareness.setLocalStateField("user", identity);
    this.index.awareness.setLocalStateField("user", identity);
    this.index.introduce(identity);
    this.open?.introduce(identity);
  }

  /** Its connection stays until all is saved: one may leave a document while the hub is away. */
  private leaveDocument(): void {
    if (!this.open) return;
    this.open.awareness.setLocalState(null);
    this.leaving.set(this.open.address.documentId, this.open);
    this.open = undefined;
    this.endWhatIsSaved();
  }

  private endWhatIsSaved(): void {
    for (const [documentId, connection] of this.leaving) {
      if (connection.isUnsaved && connection.network !== "refused") continue;
      this.leaving.delete(documentId);
      connection.destroy();
    }
  }

  setPlace(document: string | null, line: number | null): void {
    const before = this.index.awareness.getLocalState();
    if (before?.document === document && before?.line === line) return;
    this.index.awareness.setLocalState({ user: this.identity, document, line });
  }

  private connection(documentId: string): Connection {
    return new Connection({ roomId: this.roomId, documentId, token: this.token, participant: participantSecret(this.roomId) }, this.identity, this.changed);
  }

  /** Many small events become one redraw. */
  private readonly changed = (): void => {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.endWhatIsSaved();
      this.onChange();
    });
  };
}
