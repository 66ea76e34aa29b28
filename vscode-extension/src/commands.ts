// What the palette, the view and the status bar can do: ask the person, call the server's command, show its answer.
import {
  type Disposable, type ExtensionContext, ProgressLocation, type Uri, commands, env, window, workspace, Range, Selection, Uri as VscodeUri,
} from "vscode";
import { type LanguageClient, ResponseError } from "vscode-languageclient/node";
import type { CommandName } from "./command_names.js";
import { offerHub } from "./hub_installation.js";
import { problemWith } from "./links.js";
import type { ParticipantsView } from "./participants_view.js";
import type { HistoryEntry, Participant, Role, Status } from "./protocol.js";
import type { HubInstallation } from "./server.js";
import { statusDetails } from "./status_bar.js";

const PENDING_JOIN = "pairLs.pendingJoin";

interface Answer {
  summary?: string;
}

export class Commands {
  constructor(
    private readonly context: ExtensionContext,
    private readonly client: LanguageClient,
    private readonly participants: ParticipantsView,
    private readonly hub: HubInstallation | undefined,
  ) {}

  register(): Disposable[] {
    const handlers: Record<CommandName, (...args: never[]) => unknown> = {
      "pairLs.share": () => this.share("pair.share"),
      "pairLs.shareWorkspace": () => this.share("pair.shareWorkspace"),
      "pairLs.join": (link?: string) => this.join(link),
      "pairLs.leave": () => this.tell("pair.leave"),
      "pairLs.copyInvite": () => this.copyInvite(),
      "pairLs.follow": (participant?: Participant) => this.follow(participant),
      "pairLs.unfollow": () => this.call("pair.follow", { name: null }),
      "pairLs.undoMine": () => this.call("pair.undo", this.here()),
      "pairLs.redoMine": () => this.call("pair.redo", this.here()),
      "pairLs.restore": () => this.restore(),
      "pairLs.setRole": (participant?: Participant) => this.setRole(participant),
      "pairLs.kick": (participant?: Participant) => this.kick(participant),
      "pairLs.goTo": (participant: Participant) => goTo(participant),
      "pairLs.status": () => this.showStatus(),
      "pairLs.explainContext": () => this.explainContext(),
    };
    return Object.entries(handlers).map(([name, handler]) => commands.registerCommand(name, (...args: never[]) => this.reporting(() => handler(...args))));
  }

  /** After a join opened a new folder this window starts again; the link it waits for was put aside. */
  async resumeJoin(): Promise<void> {
    const pending = this.context.globalState.get<{ folder: string; link: string }>(PENDING_JOIN);
    const folder = workspace.workspaceFolders?.[0]?.uri;
    if (!pending || folder?.toString() !== pending.folder) return;
    await this.context.globalState.update(PENDING_JOIN, undefined);
    await this.joinHere(pending.link, folder);
  }

  private async reporting(action: () => unknown): Promise<void> {
    try {
      await action();
    } catch (error) {
      void window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  private call<T = Answer>(command: string, argument: object = {}): Promise<T> {
    return this.client.sendRequest<T>("workspace/executeCommand", { command, arguments: [argument] });
  }

  private async tell(command: string, argument: object = {}): Promise<void> {
    const answer = await this.call(command, argument);
    if (answer?.summary) void window.showInformationMessage(shortened(answer.summary));
  }

  private here(): { uri: string } {
    const editor = window.activeTextEditor;
    if (!editor) throw new Error("Open a shared document first.");
    return { uri: this.client.code2ProtocolConverter.asUri(editor.document.uri) };
  }

  private async share(command: string): Promise<void> {
    const folder = workspace.workspaceFolders?.[0];
    if (!folder) throw new Error("Open a folder first: a folder is what is shared.");
    const answer = await this.withHub(() =>
      window.withProgress({ location: ProgressLocation.Notification, title: "Sharing…" }, () =>
        this.call<{ invite?: string | null; page?: string | null; summary: string }>(command, { directory: folder.uri.fsPath }),
      ),
    );
    // The first line says what happened; the others are for a terminal.
    const happened = shortened(answer.summary.split("\n", 1)[0] ?? "");
    if (!answer.invite) return void window.showInformationMessage(happened);
    await env.clipboard.writeText(answer.invite);
    const open = "Open in a browser";
    if ((await window.showInformationMessage(`${happened} The link is in your clipboard.`, open)) === open) {
      await env.openExternal(VscodeUri.parse(answer.page ?? answer.invite));
    }
  }

  /** Once more after a hub was installed, where that was what was missing. A hub that somebody configured is theirs to start. */
  private async withHub<T>(attempt: () => Thenable<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const isMissing = error instanceof ResponseError && (error.data as { code?: string } | undefined)?.code === "hub-unreachable";
      const isConfigured = workspace.getConfiguration("pairLs").get("hubUrl", "") !== "";
      if (!isMissing || isConfigured || !this.hub || !(await offerHub(this.hub, error.message))) throw error;
      return attempt();
    }
  }

  private async join(link?: string): Promise<void> {
    const chosen = link ?? (await window.showInputBox({ prompt: "Paste the link you were sent", ignoreFocusOut: true, validateInput: problemWith }));
    if (!chosen) return;
    const open = workspace.workspaceFolders?.[0]?.uri;
    const folder = await chooseFolder(open);
    if (!folder) return;
    if (folder.toString() === open?.toString()) return this.joinHere(chosen, folder);
    await this.context.globalState.update(PENDING_JOIN, { folder: folder.toString(), link: chosen });
    await commands.executeCommand("vscode.openFolder", folder);
  }

  private joinHere(link: string, folder: Uri): Promise<void> {
    return Promise.resolve(
      window.withProgress({ location: ProgressLocation.Notification, title: "Joining…" }, () =>
        this.tell("pair.join", { link: link.trim(), directory: folder.fsPath }),
      ),
    );
  }

  private async copyInvite(): Promise<void> {
    const role = await pickRole("What may the holder of the link do?", ["editor", "viewer"]);
    if (!role) return;
    const hours = await window.showQuickPick(
      [
        { label: "One day", seconds: 86_400 },
        { label: "One week", seconds: 604_800 },
        { label: "One hour", seconds: 3_600 },
      ],
      { placeHolder: "How long is the link good?" },
    );
    if (!hours) return;
    const answer = await this.call<{ invite: string }>("pair.invite", { role, expiresInSeconds: hours.seconds });
    await env.clipboard.writeText(answer.invite);
    void window.showInformationMessage(`The link for ${role === "viewer" ? "viewers" : "editors"} is in your clipboard.`);
  }

  private async follow(participant?: Participant): Promise<void> {
    const chosen = participant ?? (await this.pick("Whom to follow?"));
    if (chosen) await this.tell("pair.follow", { name: chosen.participantId });
  }

  private async setRole(participant?: Participant): Promise<void> {
    const chosen = participant ?? (await this.pick("Whose role?"));
    const role = chosen && (await pickRole(`What may ${chosen.name} do?`, ["viewer", "editor", "owner"]));
    if (chosen && role) await this.tell("pair.setRole", { participantId: chosen.participantId, role });
  }

  private async kick(participant?: Participant): Promise<void> {
    const chosen = participant ?? (await this.pick("Whom to remove?"));
    if (!chosen) return;
    const remove = "Remove";
    const answer = await window.showWarningMessage(`Remove ${chosen.name} from the room? The link they came on will not let them back in.`, { modal: true }, remove);
    if (answer === remove) await this.tell("pair.kick", { participantId: chosen.participantId });
  }

  private async restore(): Promise<void> {
    const where = this.here();
    const { entries } = await this.call<{ entries: HistoryEntry[] }>("pair.history", where);
    const picked = await window.showQuickPick(
      entries.map((entry) => ({ label: new Date(entry.at * 1000).toLocaleString(), description: entry.name, entry })),
      { placeHolder: "Which state? It comes back as a new edit that everybody sees." },
    );
    if (picked) await this.tell("pair.restore", { ...where, sequence: picked.entry.sequence });
  }

  private async showStatus(): Promise<void> {
    const status = await this.call<Status & Answer>("pair.status");
    const actions = status.state === "none" ? ["Share", "Join"] : ["Copy invite", "Leave"];
    const lines = statusDetails(status).replaceAll("\n", " · ");
    switch (await window.showInformationMessage(lines, ...actions)) {
      case "Share": return this.share("pair.share");
      case "Join": return this.join();
      case "Copy invite": return this.copyInvite();
      case "Leave": return this.tell("pair.leave");
    }
  }

  private async explainContext(): Promise<void> {
    const editor = window.activeTextEditor;
    if (!editor) throw new Error("Open a document first.");
    const answer = await this.call<{ summary: string; prompt: string | null }>("pair.explainContext", { ...this.here(), position: editor.selection.active });
    if (answer.prompt === null) return void window.showInformationMessage(answer.summary);
    const document = await workspace.openTextDocument({ content: `${answer.summary}\n\n${answer.prompt}` });
    await window.showTextDocument(document, { preview: true });
  }

  private async pick(placeHolder: string): Promise<Participant | undefined> {
    const items = this.participants.others.map((participant) => ({ label: participant.name, description: participant.role, participant }));
    if (items.length === 0) throw new Error("Nobody else is here yet.");
    return (await window.showQuickPick(items, { placeHolder }))?.participant;
  }
}

/** The open folder by its name instead of its whole path. */
function shortened(sentence: string): string {
  return (workspace.workspaceFolders ?? []).reduce((text, folder) => text.replaceAll(folder.uri.fsPath, folder.name), sentence);
}

async function pickRole(placeHolder: string, roles: Role[]): Promise<Role | undefined> {
  return (await window.showQuickPick(roles, { placeHolder })) as Role | undefined;
}

async function chooseFolder(open: Uri | undefined): Promise<Uri | undefined> {
  const here = "Into the folder that is open";
  const other = "Into another folder (choose an empty one)…";
  const where = open ? await window.showQuickPick([other, here], { placeHolder: "Where should the room's files go?" }) : other;
  if (where === undefined) return undefined;
  if (where === here) return open;
  const picked = await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel: "Join here", title: "An empty folder for the room's files" });
  return picked?.[0];
}

async function goTo(participant: Participant): Promise<void> {
  if (!participant.uri) return;
  const editor = await window.showTextDocument(VscodeUri.parse(participant.uri), { preview: true });
  const line = Math.min(participant.line ?? 0, editor.document.lineCount - 1);
  editor.selection = new Selection(line, 0, line, 0);
  editor.revealRange(new Range(line, 0, line, 0), 2);
}
