// One document's connection: the stock y-websocket provider, plus a count of what the hub has made durable.
//
// The hub answers message type 100 with how many of this connection's sync messages are safe; the socket counts what was sent.
// So "saved" is what the store said, not what the socket swallowed.
import * as decoding from "lib0/decoding";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const MESSAGE_SYNC = 0;
const MESSAGE_ACKNOWLEDGED = 100;
const SYNC_STEP_1 = 0;

export type Network = "connecting" | "connected" | "offline" | "refused";

export interface Address {
  roomId: string;
  documentId: string;
  token: string | undefined;
  participant: string;
}

/** Close codes the hub uses for "you may not"; trying again would be answered the same. */
const isRefusal = (code: number): boolean => code >= 4400 && code < 4500;

export class Connection {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText("content");
  readonly awareness = new Awareness(this.doc);
  network: Network = "connecting";
  refusal = "";
  private sent = 0;
  private acknowledged = 0;
  private readonly provider: WebsocketProvider;

  constructor(readonly address: Address, private readonly changed: () => void) {
    const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/${address.roomId}`;
    this.provider = new WebsocketProvider(server, address.documentId, this.doc, {
      awareness: this.awareness,
      params: { participant: address.participant, acknowledge: "1", ...(address.token && { token: address.token }) },
      WebSocketPolyfill: this.countingSocket(),
      disableBc: true,
      maxBackoffTime: 5000,
    });
    this.provider.messageHandlers[MESSAGE_ACKNOWLEDGED] = (_encoder: unknown, decoder: decoding.Decoder): void => {
      this.acknowledged = decoding.readVarUint(decoder);
      this.changed();
    };
    this.provider.on("status", ({ status }: { status: string }) => this.setNetwork(status === "connected" ? "connected" : this.network === "connected" ? "offline" : this.network));
    this.provider.on("connection-close", (event: CloseEvent | null) => this.closed(event));
    this.provider.on("sync", () => this.changed());
  }

  get isSynced(): boolean {
    return this.provider.synced;
  }

  /** True when nothing typed here is known only to this page. */
  get isSaved(): boolean {
    return this.network === "connected" && this.provider.synced && this.acknowledged >= this.sent;
  }

  get unacknowledged(): number {
    return Math.max(0, this.sent - this.acknowledged);
  }

  destroy(): void {
    this.provider.destroy();
    this.awareness.destroy();
    this.doc.destroy();
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
        connection.sent = connection.acknowledged = 0;
      }

      override send(data: Uint8Array<ArrayBuffer>): void {
        super.send(data);
        if (data[0] !== MESSAGE_SYNC || data[1] === SYNC_STEP_1) return;
        connection.sent += 1;
        connection.changed();
      }
    };
  }
}
