// One item in the status bar: room, connection, edits that are not safe yet, completion. A click shows the details.
import { type Disposable, StatusBarAlignment, type StatusBarItem, ThemeColor, commands, window } from "vscode";
import type { Role, State, Status } from "./protocol.js";

const ICONS: Record<State, string> = { none: "$(person-add)", connecting: "$(sync~spin)", connected: "$(broadcast)", offline: "$(warning)", refused: "$(error)" };

const MOST_WAITING = 10;

/** The text of the item: "$(broadcast) my room 3 · 2 not saved yet". */
export function statusText(status: Status): string {
  if (status.state === "none") return `${ICONS.none} Pair${isCompletionAway(status) ? " · completion $(warning)" : ""}`;
  const parts = [`${status.roomName || "room"} ${status.participants}`];
  if (status.state !== "connected") parts.push(status.state);
  if (status.role === "viewer") parts.push("viewer");
  if (status.unacknowledged > 0) parts.push(`${status.unacknowledged} not saved yet`);
  if (status.waiting.length > 0) parts.push(`${status.waiting.length} not in step`);
  if (isCompletionAway(status)) parts.push("completion $(warning)");
  return `${ICONS[status.state]} ${parts.join(" · ")}`;
}

const isCompletionAway = ({ completion }: Status): boolean => completion?.kind === "Warning" || completion?.kind === "Error";

/** The lines behind the item: how things stand, completion, and what is not in step and why. */
export function statusDetails(status: Status): string {
  const waiting = status.waiting.slice(0, MOST_WAITING).map(({ path, reason }) => `${path}: ${reason}`);
  return [status.summary, status.completion?.summary, ...waiting].filter(Boolean).join("\n");
}

export class StatusBar implements Disposable {
  private readonly item: StatusBarItem = window.createStatusBarItem("pairLs.status", StatusBarAlignment.Left, 10);

  constructor() {
    this.item.name = "Pair";
    this.clear();
    this.item.show();
  }

  show(status: Status): void {
    this.item.text = statusText(status);
    this.item.tooltip = statusDetails(status);
    this.isWarning = status.state === "offline" || status.state === "refused";
    setContexts(status.state, status.role);
  }

  /** As long as a server has said nothing. */
  clear(): void {
    this.item.text = `${ICONS.none} Pair`;
    this.item.tooltip = undefined;
    this.item.command = "pairLs.status";
    this.isWarning = false;
    setContexts("none", null);
  }

  /** There is no server, and none comes by itself. */
  showStopped(): void {
    this.clear();
    this.item.text = "$(error) Pair · no server";
    this.item.tooltip = "The language server is not running. Click to start it again.";
    this.item.command = "pairLs.restartServer";
    this.isWarning = true;
  }

  dispose(): void {
    setContexts("none", null);
    this.item.dispose();
  }

  private set isWarning(isWarning: boolean) {
    this.item.backgroundColor = isWarning ? new ThemeColor("statusBarItem.warningBackground") : undefined;
  }
}

/** What commands, keys and menus are shown for. */
function setContexts(state: State, role: Role | null): void {
  void commands.executeCommand("setContext", "pairLs.state", state);
  void commands.executeCommand("setContext", "pairLs.role", role);
}
