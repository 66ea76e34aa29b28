// One item in the status bar: room, connection, edits that are not safe yet, completion. A click shows the details.
import { type Disposable, StatusBarAlignment, type StatusBarItem, ThemeColor, commands, window } from "vscode";
import type { State, Status } from "./protocol.js";

const ICONS: Record<State, string> = { none: "$(person-add)", connecting: "$(sync~spin)", connected: "$(broadcast)", offline: "$(warning)", refused: "$(error)" };

/** The text of the item: "$(broadcast) my room 3 · 2 unsaved". */
export function statusText(status: Status): string {
  if (status.state === "none") return `${ICONS.none} Pair`;
  const parts = [`${status.roomName ?? "room"} ${status.participants}`];
  if (status.state !== "connected") parts.push(status.state);
  if (status.unacknowledged > 0) parts.push(`${status.unacknowledged} not saved yet`);
  return `${ICONS[status.state]} ${parts.join(" · ")}`;
}

export class StatusBar implements Disposable {
  private readonly item: StatusBarItem = window.createStatusBarItem("pairLs.status", StatusBarAlignment.Left, 10);

  constructor() {
    this.item.name = "Pair";
    this.item.command = "pairLs.status";
    this.item.text = `${ICONS.none} Pair`;
    this.item.show();
  }

  show(status: Status): void {
    this.item.text = statusText(status);
    this.item.tooltip = [status.summary, status.completion?.summary].filter(Boolean).join("\n");
    this.item.backgroundColor = status.state === "offline" || status.state === "refused" ? new ThemeColor("statusBarItem.warningBackground") : undefined;
    void commands.executeCommand("setContext", "pairLs.state", status.state);
    void commands.executeCommand("setContext", "pairLs.role", status.role);
  }

  dispose(): void {
    this.item.dispose();
  }
}
