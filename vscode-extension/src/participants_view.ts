// "Who is here": participants, and under each the document they are in. A click goes there.
import { EventEmitter, ThemeColor, ThemeIcon, type TreeDataProvider, TreeItem, TreeItemCollapsibleState } from "vscode";
import type { Participant } from "./protocol.js";

export class ParticipantsView implements TreeDataProvider<Participant> {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private list: Participant[] = [];

  get others(): Participant[] {
    return this.list.filter((participant) => !participant.self);
  }

  show(participants: Participant[]): void {
    this.list = [...participants].sort((one, other) => Number(other.self) - Number(one.self) || one.name.localeCompare(other.name));
    this.changed.fire();
  }

  getChildren(element?: Participant): Participant[] {
    return element ? [] : this.list;
  }

  getTreeItem(participant: Participant): TreeItem {
    const item = new TreeItem(participant.self ? `${participant.name} (you)` : participant.name, TreeItemCollapsibleState.None);
    item.id = participant.participantId;
    item.description = describe(participant);
    item.tooltip = `${participant.name}, ${participant.role}`;
    item.contextValue = participant.self ? "self" : "participant";
    item.iconPath = new ThemeIcon(participant.role === "viewer" ? "eye" : "person", new ThemeColor("icon.foreground"));
    if (!participant.self && participant.uri) {
      item.command = { command: "pairLs.goTo", title: "Go there", arguments: [participant] };
    }
    return item;
  }
}

/** "editor · src/main.py:12" */
export function describe(participant: Participant): string {
  const place = participant.path === null ? [] : [participant.line === null ? participant.path : `${participant.path}:${participant.line + 1}`];
  return [participant.role, ...place].join(" · ");
}
