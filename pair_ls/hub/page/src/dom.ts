// Makes elements; text goes in as text nodes only, so nothing a participant writes is ever read as markup.

export type Child = Node | string | null | undefined | false;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name, attributes: Record<string, string | boolean | ((event: Event) => void)> = {}, ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child): child is Node | string => Boolean(child)));
  return made;
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}

/** The list with new rows, each known by its data-key. What says the same stays, and so does the focus: others move all the time. */
export function replaceRows(list: Element, rows: HTMLElement[]): void {
  const old = new Map(([...list.children] as HTMLElement[]).map((row) => [row.dataset.key, row]));
  const focused = list.contains(document.activeElement) ? keyOf(document.activeElement!) : undefined;
  const shown = rows.map((row) => broughtUpToDate(old.get(row.dataset.key), row));
  const isSame = shown.length === list.children.length && shown.every((row, place) => row === list.children[place]);
  if (!isSame) list.replaceChildren(...shown);
  if (focused !== undefined && !list.contains(document.activeElement)) {
    [...list.querySelectorAll<HTMLElement>("button, select")].find((one) => keyOf(one) === focused)?.focus();
  }
}

function broughtUpToDate(old: HTMLElement | undefined, row: HTMLElement): HTMLElement {
  if (old?.children.length !== row.children.length) return row;
  const news = [...row.children];
  [...old.children].forEach((part, place) => part.outerHTML !== news[place]!.outerHTML && part.replaceWith(news[place]!));
  return old;
}

/** What a control is for, whatever it says at the moment. */
const keyOf = (control: Element): string => `${control.closest<HTMLElement>("[data-key]")?.dataset.key} ${(control as HTMLElement).dataset.does}`;

/** A modal dialog that removes itself when it closes; resolves with the value of the button that closed it. */
export function dialog(title: string, ...children: Child[]): { box: HTMLDialogElement; closed: Promise<string> } {
  const heading = element("h2", { id: "dialog-title" }, title);
  const box = element("dialog", { "aria-labelledby": "dialog-title" }, heading, ...children);
  document.body.append(box);
  box.showModal();
  const closed = new Promise<string>((resolve) => box.addEventListener("close", () => (resolve(box.returnValue), box.remove()), { once: true }));
  return { box, closed };
}

/** Says something once, for eyes and screen readers, without taking the focus; inside a dialog where one is open. */
export function announce(sentence: string): void {
  const parent = document.querySelector("dialog[open]") ?? document.body;
  let place = parent.querySelector<HTMLElement>(":scope > .announcements");
  if (!place) parent.append((place = element("div", { class: "announcements", role: "status", "aria-live": "polite" })));
  const line = element("p", {}, sentence);
  place.append(line);
  setTimeout(() => line.remove(), 6000);
}

/** What is selected in `field` into the clipboard. The old way works where a page came by plain http from another machine. */
export async function copy(field: HTMLInputElement): Promise<boolean> {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
