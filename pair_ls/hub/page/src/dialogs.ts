// Dialogs of a room: the invite with role and expiry, the history slider, one line of text, a question.
import { type EarlierState, type HistoryEntry, type Role, createInvite, earlierState, history_, restore } from "./api";
import { announce, dialog, element, replace } from "./dom";

const EXPIRIES = [["One hour", 3600], ["One day", 86_400], ["One week", 604_800], ["Thirty days", 2_592_000]] as const;

export async function showInvite(roomId: string, token: string | undefined): Promise<void> {
  const role = element("select", { id: "invite-role" }, element("option", { value: "editor" }, "may edit"), element("option", { value: "viewer" }, "may only look"));
  const expiry = element("select", { id: "invite-expiry" }, ...EXPIRIES.map(([label, seconds]) => element("option", { value: String(seconds) }, label)));
  expiry.selectedIndex = 1;
  const link = element("output", { class: "link", for: "invite-role invite-expiry" });
  const make = element("button", { type: "submit", class: "primary" }, "Copy the link");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const { invite } = await createInvite(roomId, role.value as Role, Number(expiry.value), token);
      link.value = invite;
      await navigator.clipboard?.writeText(invite).then(() => announce("The link is in your clipboard."), () => undefined);
    } catch (error) {
      announce((error as Error).message);
    }
  };
  const { closed } = dialog("Invite somebody",
    element("form", { submit },
      element("label", { for: "invite-role" }, "Whoever holds the link"), role,
      element("label", { for: "invite-expiry" }, "The link is good for"), expiry,
      make, link),
    closeButton());
  await closed;
}

export async function showHistory(roomId: string, documentId: string, token: string | undefined, mayEdit: boolean): Promise<void> {
  const { entries } = await history_(roomId, documentId, token);
  if (entries.length === 0) return announce("This document has no history yet.");
  const slider = element("input", { type: "range", min: "0", max: String(entries.length - 1), value: String(entries.length - 1), "aria-label": "Earlier states, oldest at the left" });
  const caption = element("p", { class: "quiet", "aria-live": "polite" });
  const shown = element("pre", { class: "earlier", tabindex: "0", "aria-label": "Text at that time" });
  let newest = 0;
  const show = async (): Promise<void> => {
    const entry = entries[Number(slider.value)]!;
    const request = ++newest;
    caption.textContent = `${describe(entry)}`;
    const state = await earlierState(roomId, documentId, entry.sequence, token);
    if (request === newest) replace(shown, ...lines(state));
  };
  slider.addEventListener("input", () => void show());
  const bring = element("button", { value: "restore", class: "primary", ...(!mayEdit && { disabled: true }) }, "Bring this state back");
  const { closed } = dialog("History", slider, caption, shown, element("form", { method: "dialog", class: "buttons" }, bring, element("button", { value: "" }, "Close")));
  await show();
  if ((await closed) === "restore") {
    await restore(roomId, documentId, entries[Number(slider.value)]!.sequence, token);
    announce("The earlier state came back as a new edit.");
  }
}

const describe = (entry: HistoryEntry): string => `${new Date(entry.at * 1000).toLocaleString()} · ${entry.name || entry.author}`;

function lines(state: EarlierState): Node[] {
  return state.text.split("\n").map((line, number) =>
    element("span", { class: "line", ...(state.lines?.[number] && { "data-author": state.lines[number]! }) }, `${line}\n`),
  );
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
