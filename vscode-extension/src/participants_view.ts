// "Who is here": participants, and under each the document they are in. A click goes there.
import { EventEmitter, type TreeDataProvider, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";
import { safeColor } from "./colors.js";
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
    item.iconPath = dot(participant.color);
    if (!participant.self && participant.uri) {
      item.command = { command: "pairLs.goTo", title: "Go there", arguments: [participant] };
    }
    return item;
  }
}

/** In the colour of the participant's caret. */
function dot(color: string): Uri {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="5" fill="${safeColor(color)}"/></svg>`;
  return Uri.parse(`data:image/svg+xml;base64,${Buffer.from(drawing).toString("base64")}`);
}

/** "editor · src/main.py:12" */
export function describe(participant: Participant): string {
  const place = participant.path === null ? [] : [participant.line === null ? participant.path : `${participant.path}:${participant.line + 1}`];
  return [participant.role, ...place].join(" · ");
}
