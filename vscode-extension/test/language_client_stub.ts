// Stands in for `vscode-languageclient/node`: a client whose server starts, fails and dies when a test says so.
import { EventEmitter } from "./vscode_stub.js";

export const TransportKind = { stdio: 0 };
export const State = { Stopped: 1, Running: 2, Starting: 3, StartFailed: 4 };
export class ResponseError extends Error {}

export class LanguageClient {
  static readonly made: LanguageClient[] = [];
  static nextStartFails = false;
  readonly code2ProtocolConverter = { asUri: String };
  state = State.Stopped;
  private readonly changed = new EventEmitter<{ oldState: number; newState: number }>();
  private readonly handlers = new Map<string, (params: object) => void>();
  readonly onDidChangeState = this.changed.event;

  constructor() {
    LanguageClient.made.push(this);
  }

  enter(newState: number): void {
    const oldState = this.state;
    this.state = newState;
    this.changed.fire({ oldState, newState });
  }

  async start(): Promise<void> {
    this.enter(State.Starting);
    const fails = LanguageClient.nextStartFails;
    LanguageClient.nextStartFails = false;
    this.enter(fails ? State.StartFailed : State.Running);
    if (fails) throw new Error("the server does not start");
  }

  /** As the real one: what has not started cannot be stopped. */
  async dispose(): Promise<void> {
    if (this.state === State.StartFailed) throw new Error("Client is not running and can't be stopped.");
    this.enter(State.Stopped);
  }

  onNotification(method: string, handler: (params: object) => void): void {
    this.handlers.set(method, handler);
  }

  tell(method: string, params: object): void {
    this.handlers.get(method)?.(params);
  }
}
