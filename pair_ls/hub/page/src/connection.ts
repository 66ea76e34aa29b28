// One document's connection: the stock y-websocket provider, plus a count of what the hub has made durable.
//
// The hub answers message type 100 with how many of this connection's sync messages are safe; the socket counts what was sent.
// So "saved" is what the store said, not what the socket swallowed. What is not saved when the tab is reloaded is put into the
// tab's storage, and sent by the page that comes after.
import * as decoding from "lib0/decoding";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { readableUnderWhite } from "./colors";
import type { Identity } from "./identity";

const MESSAGE_SYNC = 0;
const MESSAGE_ACKNOWLEDGED = 100;
const SYNC_STEP_1 = 0;
const SYNC_STEP_2 = 1;
// A hub that restarts is back in about a second; whoever waits longer than that wonders.
const LONGEST_WAIT_MILLISECONDS = 1000;

export type Network = "connecting" | "connected" | "offline" | "refused";

export interface Address {
  roomId: string;
  documentId: string;
  token: string | undefined;
  participant: string;
}

const unsavedKey = (roomId: string, documentId: string): string => `pair-ls.unsaved.${roomId}.${documentId}`;

/** Documents in which an earlier page of this tab put something aside; their connections take it back. */
export function documentsPutAside(roomId: string): string[] {
  const prefix = unsavedKey(roomId, "");
  return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** Close codes the hub uses for "you may not"; trying again would be answered the same. */
const isRefusal = (code: number): boolean => code >= 4400 && code < 4500;

/** The others' states as editor bindings may show them: what a participant says is a colour ends up in a style. */
class SafeAwareness extends Awareness {
  private readonly shown = new WeakMap<object, Record<string, unknown>>();

  override getStates(): Map<number, Record<string, unknown>> {
    return new Map([...super.getStates()].map(([key, state]) => [key, this.safe(state as Record<string, unknown>)]));
  }

  private safe(state: Record<string, unknown>): Record<string, unknown> {
    const known = this.shown.get(state);
    if (known) return known;
    const user = (typeof state.user === "object" && state.user) || {};
    const color = readableUnderWhite((user as { color?: unknown }).color);
    const safe = { ...state, user: { ...user, color, colorLight: `${color}33` } };
    this.shown.set(state, safe);
    return safe;
  }
}

export class Connection {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText("content");
  readonly awareness: Awareness = new SafeAwareness(this.doc);
  network: Network = "connecting";
  refusal = "";
  private sent = 0;
  private acknowledged = 0;
  /** Something typed here that no message of this connection carries: the answer to the hub's step 1 will. */
  private isHeld = false;
  /** What the hub had of the text when nothing was unsaved. */
  private savedVector: Uint8Array | undefined;
  private readonly provider: WebsocketProvider;

  constructor(readonly address: Address, identity: Identity, private readonly changed: () => void) {
    this.doc.on("update", (_update: Uint8Array, origin: unknown) => this.updated(origin));
    const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/${address.roomId}`;
    this.provider = new WebsocketProvider(server, address.documentId, this.doc, {
      awareness: this.awareness,
      params: this.params(identity),
      WebSocketPolyfill: this.countingSocket(),
      disableBc: true,
      maxBackoffTime: LONGEST_WAIT_MILLISECONDS,
    });
    this.provider.messageHandlers[MESSAGE_ACKNOWLEDGED] = (_encoder: unknown, decoder: decoding.Decoder): void => {
      this.acknowledged = decoding.readVarUint(decoder);
      if (!this.isUnsaved) this.savedVector = Y.encodeStateVector(this.doc);
      this.changed();
    };
    this.provider.on("status", ({ status }: { status: string }) => this.setNetwork(status === "connected" ? "connected" : this.network === "connected" ? "offline" : this.network));
    this.provider.on("connection-close", (event: CloseEvent | null) => this.closed(event));
    this.provider.on("sync", () => this.changed());
    this.takeBack();
  }

  get isSynced(): boolean {
    return this.provider.synced;
  }

  /** True when nothing typed here is known only to this page. */
  get isSaved(): boolean {
    return this.network === "connected" && this.provider.synced && !this.isUnsaved;
  }

  /** True when something typed here may be known only to this page. */
  get isUnsaved(): boolean {
    return this.isHeld || this.unacknowledged > 0;
  }

  get unacknowledged(): number {
    return Math.max(0, this.sent - this.acknowledged);
  }

  /** A new name is told in a new handshake: the hub's history keeps it too. */
  introduce(identity: Identity): void {
    this.provider.params = this.params(identity);
    this.provider.disconnect();
    this.provider.connect();
  }

  /**
   * Before the page goes: what is not safe waits in the tab's storage for the page that comes after. All of the text, since a hub may
   * come back with less than it had; where that is too large for the storage, what the hub lacked.
   */
  putAside(): void {
    if (this.isUnsaved && !this.keep(Y.encodeStateAsUpdate(this.doc))) this.keep(Y.encodeStateAsUpdate(this.doc, this.savedVector));
  }

  destroy(): void {
    this.provider.destroy();
    this.awareness.destroy();
    this.doc.destroy();
  }

  private get storageKey(): string {
    return unsavedKey(this.address.roomId, this.address.documentId);
  }

  /** False: the storage is full. */
  private keep(update: Uint8Array): boolean {
    try {
      sessionStorage.setItem(this.storageKey, btoa(Array.from(update, (byte) => String.fromCharCode(byte)).join("")));
      return true;
    } catch {
      return false;
    }
  }

  private params(identity: Identity): Record<string, string> {
    const { token, participant } = this.address;
    return { participant, name: identity.name, color: identity.color, acknowledge: "1", ...(token && { token }) };
  }

  private takeBack(): void {
    const kept = sessionStorage.getItem(this.storageKey);
    if (kept === null) return;
    sessionStorage.removeItem(this.storageKey);
    // A part of a text waits in the document, and tells nobody, until the hub has sent the rest.
    this.isHeld = true;
    Y.applyUpdate(this.doc, Uint8Array.from(atob(kept), (sign) => sign.charCodeAt(0)));
  }

  private updated(origin: unknown): void {
    if (origin === this.provider) return;
    // A socket that is closing still counts as connected, and sends nothing.
    if (!this.provider?.wsconnected || this.provider.ws?.readyState !== WebSocket.OPEN) this.isHeld = true;
    this.changed();
  }

  private setNetwork(network: Network): void {
    this.network = network;
    this.changed();
  }

  private closed(event: CloseEvent | null): void {
    if (event && isRefusal(event.code)) {
      this.refusal = event.reason || "The hub does not let this page in.";
      this.provider.disconnect();
      this.setNetwork("refused");
    } else if (this.network !== "refused") this.setNetwork("offline");
  }

  private countingSocket(): typeof WebSocket {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const connection = this;
    return class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        if (connection.unacknowledged > 0) connection.isHeld = true;
        connection.sent = connection.acknowledged = 0;
      }

      override send(data: Uint8Array<ArrayBuffer>): void {
        super.send(data);
        if (data[0] !== MESSAGE_SYNC || data[1] === SYNC_STEP_1) return;
        if (data[1] === SYNC_STEP_2) connection.isHeld = false;
        connection.sent += 1;
        connection.changed();
      }
    };
  }
}
