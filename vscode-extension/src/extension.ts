// Starts the language server and connects what VS Code can show to what the server knows. No text logic.
import { type ExtensionContext, type LogOutputChannel, type Uri, commands, window, workspace } from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions, TransportKind } from "vscode-languageclient/node";
import { Commands } from "./commands.js";
import { Cursors } from "./cursors.js";
import { GhostConfidence } from "./ghost_confidence.js";
import { linkOfUri } from "./links.js";
import { thisMachine } from "./machine.js";
import { ParticipantsView } from "./participants_view.js";
import { CURSORS, INITIALIZATION_OPTIONS, PARTICIPANTS, STATUS, type CursorsParams, type Participant, type Status } from "./protocol.js";
import { type ServerCommand, ServerNotFound, type ServerSettings, findServer } from "./server.js";
import { StatusBar } from "./status_bar.js";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Pair", { log: true });
  context.subscriptions.push(log);
  const folder = workspace.workspaceFolders?.[0]?.uri;
  let server: ServerCommand;
  try {
    server = await findServer(settings(folder), thisMachine(context, folder));
  } catch (error) {
    if (!(error instanceof ServerNotFound)) throw error;
    void offerRemedies(error.message);
    return;
  }
  log.info(`starting the server from: ${server.source}`);
  const ghosts = new GhostConfidence();
  client = new LanguageClient("pairLs", "Pair", serverOptions(server, folder), clientOptions(log, ghosts));
  const statusBar = new StatusBar();
  const participants = new ParticipantsView();
  const cursors = new Cursors(client);
  const actions = new Commands(context, client, participants, server.hub);
  client.onNotification(STATUS, (status: Status) => {
    actions.status = status;
    statusBar.show(status);
    if (status.state === "none") cursors.clear();
  });
  client.onNotification(PARTICIPANTS, (params: { participants: Participant[] }) => participants.show(params.participants));
  client.onNotification(CURSORS, (params: CursorsParams) => cursors.show(params));
  context.subscriptions.push(
    statusBar,
    cursors,
    ghosts,
    window.registerTreeDataProvider("pairLs.participants", participants),
    ...actions.register(),
    commands.registerCommand("pairLs.restartServer", () => client?.restart()),
    window.registerUriHandler({
      handleUri: (uri) => {
        const link = linkOfUri(uri.path, uri.query);
        if (link) void commands.executeCommand("pairLs.join", link);
        else void window.showErrorMessage("That address carries no link to a room.");
      },
    }),
  );
  await client.start();
  await actions.resumeJoin();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
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
  return { documentSelector: [{ scheme: "file" }], initializationOptions: INITIALIZATION_OPTIONS, outputChannel: log, middleware: ghosts.middleware };
}

async function offerRemedies(message: string): Promise<void> {
  const choose = "Select interpreter";
  const guide = "Open guide";
  const answer = await window.showErrorMessage(message, choose, guide);
  if (answer === choose) await commands.executeCommand("workbench.action.openSettings", "pairLs.interpreter");
  if (answer === guide) await commands.executeCommand("workbench.extensions.action.showExtensionsWithIds", [["pairls.pairls"]]);
}
