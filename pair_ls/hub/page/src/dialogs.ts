// Dialogs of a room: the invite with role and expiry, the history slider, one line of text, a question.
import { type EarlierState, type HistoryEntry, type Role, createInvite, earlierState, historyOf, restore } from "./api";
import { announce, copy, dialog, element, replace } from "./dom";

const EXPIRIES = [["One hour", 3600], ["One day", 86_400], ["One week", 604_800], ["Thirty days", 2_592_000]] as const;

export async function showInvite(roomId: string, token: string | undefined, isOwner: boolean): Promise<void> {
  const link = element("input", { class: "link", id: "link", readonly: true, "aria-label": "The link" });
  const show = async (value: string): Promise<void> => {
    link.value = value;
    link.hidden = false;
    announce((await copy(link)) ? "The link is in your clipboard." : "Copy the link: this browser lets no page do it here.");
  };
  link.hidden = true;
  const { closed } = dialog("Invite somebody", isOwner ? inviteForm(roomId, token, show) : plainLink(roomId, show), link, closeButton());
  await closed;
}

function inviteForm(roomId: string, token: string | undefined, show: (link: string) => Promise<void>): HTMLElement {
  const role = element("select", { id: "invite-role" }, element("option", { value: "editor" }, "may edit"), element("option", { value: "viewer" }, "may only look"));
  const expiry = element("select", { id: "invite-expiry" }, ...EXPIRIES.map(([label, seconds]) => element("option", { value: String(seconds) }, label)));
  expiry.selectedIndex = 1;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await show((await createInvite(roomId, role.value as Role, Number(expiry.value), token)).invite);
    } catch (error) {
      announce((error as Error).message);
    }
  };
  return element("form", { submit },
    element("label", { for: "invite-role" }, "Whoever holds the link"), role,
    element("label", { for: "invite-expiry" }, "The link is good for"), expiry,
    element("button", { type: "submit", class: "primary" }, "Copy the link"));
}

/** Links with a role are the owner's to make; the room's address lets others in where the hub is open. */
function plainLink(roomId: string, show: (link: string) => Promise<void>): HTMLElement {
  return element("form", { submit: (event) => (event.preventDefault(), void show(`${location.origin}/r/${roomId}`)) },
    element("p", {}, "The room's address, for people whom this hub lets in. A link that carries a role is made by an owner of the room."),
    element("button", { type: "submit", class: "primary" }, "Copy the link"));
}

export async function showHistory(roomId: string, documentId: string, token: string | undefined, mayEdit: boolean): Promise<void> {
  const entries = await historyOf(roomId, documentId, token);
  if (entries.length === 0) return announce("This document has no history yet.");
  const slider = element("input", { type: "range", min: "0", max: String(entries.length - 1), value: String(entries.length - 1), "aria-label": "Earlier states, oldest at the left" });
  const caption = element("p", { class: "caption", "aria-live": "polite" });
  const shown = element("div", { class: "earlier", tabindex: "0", role: "group", "aria-label": "Text at that time, with who wrote each line" });
  let newest = 0;
  const show = async (): Promise<void> => {
    const entry = entries[Number(slider.value)]!;
    const request = ++newest;
    caption.textContent = describe(entry);
    slider.setAttribute("aria-valuetext", describe(entry));
    shown.setAttribute("aria-busy", "true");
    const state = await earlierState(roomId, documentId, entry.sequence, token);
    if (request !== newest) return;
    replace(shown, ...lines(state));
    shown.setAttribute("aria-busy", "false");
  };
  slider.addEventListener("input", () => void show().catch((error: Error) => announce(error.message)));
  const bring = element("button", { value: "restore", class: "primary", ...(!mayEdit && { disabled: true }) }, "Bring this state back");
  const { closed } = dialog("History", slider, caption, shown, element("form", { method: "dialog", class: "buttons" }, bring, element("button", { value: "" }, "Close")));
  await show();
  if ((await closed) === "restore") {
    await restore(roomId, documentId, entries[Number(slider.value)]!.sequence, token);
    announce("The earlier state came back as a new edit.");
  }
}

const describe = (entry: HistoryEntry): string => `${new Date(entry.at * 1000).toLocaleString()} · ${entry.name || entry.author}`;

/** Each line behind its author's name; the name once for lines that follow each other. */
function lines(state: EarlierState): Node[] {
  return state.text.split("\n").map((line, number) => {
    const author = state.lines?.[number] ?? "";
    const isNew = author !== "" && author !== state.lines?.[number - 1];
    return element("div", { class: isNew ? "line first" : "line" }, element("span", { class: "author" }, isNew && author), element("span", { class: "text" }, line || "\u200b"));
  });
}

export async function askText(title: string, label: string, value: string): Promise<string | undefined> {
  const input = element("input", { id: "answer", value, required: true, maxlength: "300" });
  const { box, closed } = dialog(title,
    element("form", { method: "dialog" }, element("label", { for: "answer" }, label), input,
      element("div", { class: "buttons" },
        element("button", { value: "ok", class: "primary" }, "OK"),
        element("button", { type: "button", click: () => box.close("") }, "Cancel"))));
  input.select();
  return (await closed) === "ok" && input.value.trim() ? input.value.trim() : undefined;
}

export async function confirm(title: string, sentence: string, yes: string): Promise<boolean> {
  const { closed } = dialog(title, element("p", {}, sentence),
    element("form", { method: "dialog", class: "buttons" }, element("button", { value: "yes", class: "primary" }, yes), element("button", { value: "" }, "Cancel")));
  return (await closed) === "yes";
}

const closeButton = (): HTMLElement => element("form", { method: "dialog", class: "buttons" }, element("button", { value: "" }, "Close"));
