// Makes elements; text goes in as text nodes only, so nothing a participant writes is ever read as markup.

type Child = Node | string | null | undefined | false;

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

/** A modal dialog that removes itself when it closes; resolves with the value of the button that closed it. */
export function dialog(title: string, ...children: Child[]): { box: HTMLDialogElement; closed: Promise<string> } {
  const heading = element("h2", { id: "dialog-title" }, title);
  const box = element("dialog", { "aria-labelledby": "dialog-title" }, heading, ...children);
  document.body.append(box);
  box.showModal();
  const closed = new Promise<string>((resolve) => box.addEventListener("close", () => (resolve(box.returnValue), box.remove()), { once: true }));
  return { box, closed };
}

/** Says something once, for eyes and screen readers, without taking the focus. */
export function announce(sentence: string): void {
  let place = document.querySelector<HTMLElement>(".announcements");
  if (!place) document.body.append((place = element("div", { class: "announcements", role: "status", "aria-live": "polite" })));
  const line = element("p", {}, sentence);
  place.append(line);
  setTimeout(() => line.remove(), 6000);
}
