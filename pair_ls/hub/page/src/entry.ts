// The two ways in: make a room or open a link (at /), and say who you are (before a room is entered).
import { Problem, createRoom } from "./api";
import { announce, dialog, element, replace } from "./dom";
import { COLORS, type Identity, keepToken, randomColor, remember, remembered } from "./identity";

export function showStart(app: HTMLElement): void {
  const name = element("input", { name: "name", id: "room-name", placeholder: "untitled", maxlength: "80" });
  const link = element("input", { name: "link", id: "link", type: "url", placeholder: `${location.origin}/r/…`, required: true });
  const create = element("form", { submit: (event) => (event.preventDefault(), void createAndEnter(name.value)) },
    element("h2", {}, "Start a room"),
    element("label", { for: "room-name" }, "Name of the room"), name,
    element("button", { type: "submit", class: "primary" }, "Create a room"));
  const join = element("form", { submit: (event) => (event.preventDefault(), openLink(link.value)) },
    element("h2", {}, "Join a room"),
    element("label", { for: "link" }, "The link you were sent"), link,
    element("button", { type: "submit" }, "Join"));
  replace(app, element("div", { class: "entry" },
    element("h1", {}, mark(), "Pair"),
    element("p", { class: "lead" }, "Write code together: here, in VS Code, Neovim, Emacs, Helix, or any editor that speaks LSP."),
    create, join));
}

async function createAndEnter(name: string): Promise<void> {
  try {
    const room = await createRoom(name.trim() || "untitled", "plaintext");
    if (room.token) keepToken(room.roomId, room.token);
    location.assign(`/r/${room.roomId}`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announce(error.message);
  }
}

function openLink(value: string): void {
  const path = URL.canParse(value) ? new URL(value) : undefined;
  if (!path?.pathname.startsWith("/r/")) return announce("That is not a link to a room. It should look like " + `${location.origin}/r/…`);
  location.assign(value);
}

/** Asks for name and colour; resolves at once with what was given last time. */
export function askIdentity(app: HTMLElement, roomName: string): Promise<Identity> {
  const known = remembered();
  if (known) return Promise.resolve(known);
  return new Promise((resolve) => {
    const form = identityForm("Enter the room", undefined, resolve);
    replace(app, element("div", { class: "entry" }, element("h1", {}, mark(), roomName), form));
    form.querySelector<HTMLInputElement>("#name")?.focus();
  });
}

/** The same questions again, in the room. Undefined: nothing changes. */
export async function changeIdentity(): Promise<Identity | undefined> {
  let chosen: Identity | undefined;
  const form = identityForm("Change", remembered(), (identity) => ((chosen = identity), box.close()));
  const { box, closed } = dialog("How the others see you", form);
  await closed;
  return chosen;
}

function identityForm(button: string, known: Identity | undefined, done: (identity: Identity) => void): HTMLFormElement {
  const name = element("input", { id: "name", name: "name", required: true, maxlength: "40", autocomplete: "nickname", value: known?.name ?? "" });
  const chosen = known?.color ?? randomColor();
  const colors = COLORS.map(([label, color]) => {
    const input = element("input", { type: "radio", name: "color", value: color, "aria-label": label, title: label, ...(color === chosen && { checked: true }) });
    input.style.backgroundColor = color;
    return input;
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (name.value.trim()) done(remember(name.value, colors.find((input) => input.checked)?.value ?? chosen));
  };
  return element("form", { submit },
    element("label", { for: "name" }, "Your name, as the others see it"), name,
    element("fieldset", { class: "colors" }, element("legend", {}, "Your colour"), ...colors),
    element("button", { type: "submit", class: "primary" }, button));
}

/** Two carets side by side. */
export const mark = (): HTMLElement => element("span", { class: "mark", "aria-hidden": "true" });
