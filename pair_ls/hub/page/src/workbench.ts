// The room on screen: documents at the left, the editor, who is here, and a status line that is true.
import { Problem, type Role, autocomplete, createDocument, deleteDocument, getRoom, kick, renameDocument, setRole } from "./api";
import { askText, confirm, showHistory, showInvite } from "./dialogs";
import { announce, element, replace, replaceRows } from "./dom";
import { Editor } from "./editor";
import { changeIdentity, mark } from "./entry";
import type { Identity } from "./identity";
import { type DocumentEntry, MAIN_DOCUMENT, type Participant, Room } from "./room";

const ROLE_INTERVAL_MILLISECONDS = 5000;

export class Workbench {
  private readonly room: Room;
  private editor: Editor | undefined;
  private documentId: string | undefined;
  /** The list has had the open document: one that was made here comes into it a little later. */
  private isListed = false;
  private following: string | undefined;
  private followedTo = "";
  private shownRefusal = "";
  private readonly files = element("ul", { class: "files" });
  private readonly people = element("ul", { class: "people" });
  private readonly place = element("div", { class: "place" });
  private readonly network = element("span", { class: "network", role: "status" });
  private readonly saved = element("span", { class: "saved", role: "status" });
  private readonly path = element("span", { class: "path" });
  private readonly newFile = element("button", { click: () => void this.reporting(this.createFile()) }, "New file");
  private readonly title: HTMLElement;
  private readonly toggle: HTMLButtonElement;
  private readonly side: HTMLElement;

  constructor(app: HTMLElement, name: string, roomId: string, private readonly token: string | undefined, identity: Identity, role: Role) {
    this.room = new Room(roomId, token, identity, role);
    this.title = element("h1", {}, name);
    this.toggle = element("button", { class: "menu", "aria-expanded": "false", "aria-controls": "side", click: () => this.toggleSide(!this.side.classList.contains("open")) }, "Files");
    this.side = element("aside", { id: "side", "aria-label": "Documents and participants" },
      element("h2", {}, "Documents"), this.files, this.newFile,
      element("h2", {}, "Who is here"), this.people);
    replace(app, element("div", { class: "workbench" },
      element("header", {}, this.toggle, mark(), this.title, this.path,
        element("nav", { "aria-label": "Room" },
          element("button", { click: () => void this.reporting(this.history()) }, "History"),
          element("button", { click: () => this.leave() }, "Leave"),
          element("button", { class: "primary", click: () => void this.reporting(showInvite(roomId, token, this.room.role === "owner")) }, "Invite"))),
      this.side,
      element("section", { class: "editor", "aria-label": "Editor" }, this.place),
      element("footer", {}, this.network,
        element("span", { id: "keys", class: "keys" }, "Escape, then Tab: out of the text"), this.saved)));
    this.room.onChange = () => this.draw();
    this.draw();
    setInterval(() => void this.refreshRole(), ROLE_INTERVAL_MILLISECONDS);
    addEventListener("beforeunload", (event) => {
      if (this.room.isUnsaved) event.preventDefault();
    });
    addEventListener("pagehide", () => this.room.connections.forEach((one) => one.putAside()));
    this.side.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.side.classList.contains("open")) return;
      this.toggleSide(false);
      this.toggle.focus();
    });
  }

  private draw(): void {
    const documents = this.room.documents;
    if (!this.documentId && this.room.index.isSynced) this.openFirst(documents);
    const isListed = documents.some((one) => one.documentId === this.documentId);
    if (this.isListed && !isListed && documents.length > 0 && this.documentId !== MAIN_DOCUMENT) this.closed();
    else this.isListed ||= isListed;
    replaceRows(this.files, documents.map((one) => this.fileRow(one)));
    replaceRows(this.people, this.room.participants.map((one) => this.personRow(one)));
    this.showPath(documents.find((one) => one.documentId === this.documentId)?.path);
    this.newFile.hidden = this.room.role === "viewer";
    this.drawStatus();
    this.keepFollowing();
  }

  private drawStatus(): void {
    const open = this.room.open ?? this.room.index;
    const words = { connecting: "Connecting…", connected: "Connected", offline: "Offline: your changes are kept and sent when the hub is back", refused: open.refusal };
    this.network.textContent = words[open.network];
    this.network.dataset.state = open.network;
    const saved = this.savedWords(open.isSaved);
    if (this.saved.textContent !== saved) this.saved.textContent = saved;
    if (open.network === "refused" && open.refusal !== this.shownRefusal) announce((this.shownRefusal = open.refusal));
  }

  private savedWords(isSaved: boolean): string {
    if (this.room.role === "viewer") return "You may look, not edit";
    if (!this.room.isUnsaved) return isSaved ? "All changes saved" : "";
    return this.room.open?.network === "connected" ? "Saving…" : "Not saved yet";
  }

  /** Also after somebody else has renamed the open document. */
  private showPath(path: string | undefined): void {
    if (!path || this.path.textContent === path) return;
    this.path.textContent = path;
    document.title = `${path} · ${this.title.textContent ?? "Pair"}`;
    void this.editor?.loadLanguage(path);
  }

  private fileRow(one: DocumentEntry): HTMLElement {
    const here = this.room.participants.filter((person) => !person.isSelf && person.document === one.documentId);
    const isOpen = one.documentId === this.documentId;
    return element("li", { "data-key": one.documentId },
      element("button", { class: "file", "data-does": "open", ...(isOpen && { "aria-current": "true" }), click: () => this.visit(one.documentId, one.path) }, one.path,
        ...here.map((person) => dot(person.color, `${person.name} is here`))),
      this.room.role !== "viewer" && element("button", { class: "small quiet-button", "data-does": "rename", "aria-label": `Rename ${one.path}`, click: () => void this.reporting(this.rename(one)) }, "✎"),
      this.room.role !== "viewer" && element("button", { class: "small quiet-button", "data-does": "delete", "aria-label": `Delete ${one.path}`, click: () => void this.reporting(this.remove(one)) }, "✕"));
  }

  private personRow(person: Participant): HTMLElement {
    const isFollowed = this.following === person.participantId;
    const path = this.room.documents.find((one) => one.documentId === person.document)?.path;
    const place = path ? ` · ${path}${person.line === null ? "" : `:${person.line + 1}`}` : "";
    return element("li", { "data-key": String(person.key) }, dot(person.color, ""),
      element("span", { class: "name" }, person.isSelf ? `${person.name} (you)` : person.name, element("small", {}, ` ${person.role}${place}`)),
      !person.isSelf && element("button", { class: "small", "data-does": "follow", "aria-pressed": String(isFollowed), "aria-label": `${isFollowed ? "Following" : "Follow"} ${person.name}`, click: () => this.follow(isFollowed ? undefined : person) }, isFollowed ? "Following" : "Follow"),
      person.isSelf && element("button", { class: "small quiet-button", "data-does": "change", "aria-label": "Change your name and colour", click: () => void this.changeIdentity() }, "✎"),
      !person.isSelf && this.room.role === "owner" && this.manage(person));
  }

  private manage(person: Participant): HTMLElement {
    const select = element("select", { class: "small", "data-does": "role", "aria-label": `What ${person.name} may do` },
      ...["viewer", "editor", "owner", "remove"].map((role) => element("option", { value: role, ...(role === person.role && { selected: true }) }, role)));
    select.addEventListener("change", () => void this.reporting(this.changeRole(person, select.value)));
    return select;
  }

  private async changeRole(person: Participant, role: string): Promise<void> {
    if (role !== "remove") return setRole(this.room.roomId, person.participantId, role as Role, this.token);
    if (await confirm(`Remove ${person.name}?`, "The link they came on will not let them back in.", "Remove")) await kick(this.room.roomId, person.participantId, this.token);
    this.draw();
  }

  private openFirst(documents: DocumentEntry[]): void {
    const first = documents.find((one) => one.documentId === MAIN_DOCUMENT) ?? documents[0];
    this.open(first?.documentId ?? MAIN_DOCUMENT, first?.path ?? "main.txt");
  }

  /** Of one's own accord: who goes somewhere else follows nobody any more. */
  private visit(documentId: string, path: string): void {
    if (this.following) this.follow(undefined);
    this.open(documentId, path);
  }

  private open(documentId: string, path: string): void {
    if (documentId === this.documentId) return;
    this.documentId = documentId;
    this.isListed = false;
    this.followedTo = "";
    this.editor?.destroy();
    const connection = this.room.openDocument(documentId);
    this.editor = new Editor(this.place, {
      connection, path, isReadOnly: this.room.role === "viewer",
      suggest: async (code, cursorPosition, signal) =>
        (await autocomplete({ roomId: this.room.roomId, documentId, code, cursorPosition, language: languageOf(this.room.documents, documentId) }, this.token, signal)).suggestions[0],
      onMove: (line, isTyping) => {
        this.room.setPlace(documentId, line);
        if (!this.following) return;
        if (isTyping) this.follow(undefined);
        else this.keepFollowing();
      },
    });
    this.path.textContent = "";
    this.showPath(path);
    this.toggleSide(false);
    this.editor.view.focus();
    this.draw();
  }

  private closed(): void {
    this.editor?.destroy();
    this.editor = undefined;
    this.documentId = undefined;
    this.isListed = false;
    this.room.closeDocument();
    announce("The open document was deleted.");
  }

  private follow(person: Participant | undefined): void {
    this.following = person?.participantId;
    this.followedTo = "";
    if (person) announce(`Following ${person.name} until you type.`);
    this.draw();
  }

  private keepFollowing(): void {
    const person = this.following && this.room.participants.find((one) => one.participantId === this.following);
    if (!person || !person.document) return;
    if (person.document !== this.documentId) {
      const entry = this.room.documents.find((one) => one.documentId === person.document);
      return entry && this.open(entry.documentId, entry.path);
    }
    const place = `${person.document}:${person.line}`;
    if (person.line === null || place === this.followedTo || !this.editor || !this.room.open?.isSynced) return;
    // Places and text come on two connections: a line that is still on its way is looked for again with the next text.
    if (person.line < this.editor.lineCount) this.followedTo = place;
    this.editor.scrollToLine(person.line);
  }

  private async createFile(): Promise<void> {
    const path = await askText("New file", "Path in the room, for example src/main.py", "");
    if (!path) return;
    const made = await createDocument(this.room.roomId, path, "", this.token);
    this.visit(made.documentId, made.path);
  }

  private async rename(one: DocumentEntry): Promise<void> {
    const path = await askText("Rename", "New path", one.path);
    if (!path || path === one.path) return;
    await renameDocument(this.room.roomId, one.documentId, path, this.token);
  }

  private async remove(one: DocumentEntry): Promise<void> {
    if (await confirm(`Delete ${one.path}?`, "It disappears for everybody; its history stays on the hub.", "Delete")) await deleteDocument(this.room.roomId, one.documentId, this.token);
  }

  private async history(): Promise<void> {
    if (this.documentId) await showHistory(this.room.roomId, this.documentId, this.token, this.room.role !== "viewer");
  }

  private async refreshRole(): Promise<void> {
    const role = await getRoom(this.room.roomId, this.token).then((room) => room.role, () => undefined);
    if (!role || role === this.room.role) return;
    this.room.role = role;
    this.editor?.setReadOnly(role === "viewer");
    announce(role === "viewer" ? "You may now look, but not edit." : `You are now ${role}.`);
    this.draw();
  }

  private async changeIdentity(): Promise<void> {
    const identity = await changeIdentity();
    if (identity) this.room.introduce(identity);
  }

  /** The room stays; the link leads back. What is not saved yet is asked about by the browser. */
  private leave(): void {
    location.assign("/");
  }

  /** On a phone the lists lie over the text. */
  private toggleSide(isOpen: boolean): void {
    this.side.classList.toggle("open", isOpen);
    this.toggle.setAttribute("aria-expanded", String(isOpen));
  }

  private async reporting(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      announce(error.message);
    }
  }
}

function dot(color: string, label: string): HTMLElement {
  const shown = element("span", { class: "dot", ...(label ? { title: label, role: "img", "aria-label": label } : { "aria-hidden": "true" }) });
  if (/^#[0-9a-f]{6}$/i.test(color)) shown.style.backgroundColor = color;
  return shown;
}

const languageOf = (documents: DocumentEntry[], documentId: string): string => documents.find((one) => one.documentId === documentId)?.language ?? "plaintext";
