// Colours of participants, made readable on any theme. Pure.

/** A translucent form of a `#rrggbb` colour for selections; anything else is answered with a neutral grey. */
export function translucent(color: string, alpha: number): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (!match) return `rgba(128, 128, 128, ${alpha})`;
  const [red, green, blue] = match.slice(1).map((part) => parseInt(part, 16));
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** Only colours we understand reach a style; a participant chooses theirs, and it must not carry anything else. */
export function safeColor(color: string): string {
  return /^#[0-9a-f]{6}$/i.test(color) ? color : "#808080";
}

/** Black or white, whichever can be read on `color`. */
export function readableOn(color: string): string {
  const value = parseInt(safeColor(color).slice(1), 16);
  const luminance = 0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255);
  return luminance > 150 ? "#000000" : "#ffffff";
}
