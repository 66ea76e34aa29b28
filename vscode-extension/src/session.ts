// One running language server and what VS Code shows of it. No text logic.
import { Disposable, type ExtensionContext, type LogOutputChannel, type Uri, window, workspace } from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions, State, TransportKind } from "vscode-languageclient/node";
import { Commands } from "./commands.js";
import { Cursors } from "./cursors.js";
import { GhostConfidence } from "./ghost_confidence.js";
import { thisMachine } from "./machine.js";
import { ParticipantsView } from "./participants_view.js";
import { CURSORS, PARTICIPANTS, STATUS, type CursorsParams, type Participant, type Status, initializationOptions } from "./protocol.js";
import { type ServerCommand, type ServerSettings, findServer } from "./server.js";
import { StatusBar } from "./status_bar.js";

/** Finds the server; the session is not started yet. Throws `ServerNotFound` with the sentence to show. */
export async function findSession(context: ExtensionContext, log: LogOutputChannel): Promise<Session> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const server = await findServer(settings(folder), thisMachine(context, folder));
  log.info(`starting the server from: ${server.source} (${[server.command, ...server.args].join(" ")})`);
  return new Session(context, log, server, folder);
}

export class Session {
  private readonly client: LanguageClient;
  private readonly actions: Commands;
  private readonly shown: Disposable;

  constructor(context: ExtensionContext, private readonly log: LogOutputChannel, server: ServerCommand, folder: Uri | undefined) {
    const ghosts = new GhostConfidence();
    this.client = new LanguageClient("pairLs", "Pair", serverOptions(server, folder), clientOptions(log, ghosts));
    const statusBar = new StatusBar();
    const participants = new ParticipantsView();
    const cursors = new Cursors(this.client);
    this.actions = new Commands(context, this.client, participants, server.hub);
    this.client.onNotification(STATUS, (status: Status) => {
      statusBar.show(status);
      if (status.state === "none") cursors.clear();
    });
    this.client.onNotification(PARTICIPANTS, (params: { participants: Participant[] }) => participants.show(params.participants));
    this.client.onNotification(CURSORS, (params: CursorsParams) => cursors.show(params));
    const stateChanged = this.client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) return;
      if (newState === State.Starting) statusBar.clear();
      else statusBar.showStopped();
      participants.show([]);
      cursors.clear();
    });
    this.shown = Disposable.from(stateChanged, statusBar, cursors, ghosts, window.registerTreeDataProvider("pairLs.participants", participants), ...this.actions.register());
  }

  async start(): Promise<void> {
    await this.client.start();
    await this.actions.resumeJoin();
  }

  /** A client whose server did not start refuses to stop, and still ends its process: another one may be started. */
  async stop(): Promise<void> {
    this.shown.dispose();
    await this.client.dispose().catch((error: Error) => this.log.warn(error.message));
  }
}

function settings(folder: Uri | undefined): ServerSettings {
  const configuration = workspace.getConfiguration("pairLs", folder);
  return {
    path: configuration.get("path", []),
    interpreter: configuration.get("interpreter", ""),
    importStrategy: configuration.get("importStrategy", "fromEnvironment"),
    isTrusted: workspace.isTrusted,
  };
}

function serverOptions(server: ServerCommand, folder: Uri | undefined): ServerOptions {
  const configuration = workspace.getConfiguration("pairLs", folder);
  const chosen = { PAIR_LS_HUB_URL: configuration.get("hubUrl", ""), PAIR_LS_NAME: configuration.get("name", "") };
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ""));
  return { command: server.command, args: server.args, transport: TransportKind.stdio, options: { env: { ...process.env, ...server.env, ...given } } };
}

function clientOptions(log: LogOutputChannel, ghosts: GhostConfidence): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }], initializationOptions: initializationOptions(workspace.isTrusted), outputChannel: log,
    middleware: ghosts.middleware,
  };
}
