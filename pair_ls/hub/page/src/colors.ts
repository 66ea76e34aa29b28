// Colours of the others, which they choose: only a colour reaches a style, and white text can be read on it.

const NEUTRAL = "#5f6368";
const LEAST_CONTRAST = 4.5;

/** `color` as "#rrggbb", darkened as far as white text on it needs; a grey for anything that is no colour. */
export function readableUnderWhite(color: unknown): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(String(color));
  if (!match) return NEUTRAL;
  let parts = match.slice(1).map((part) => parseInt(part, 16));
  while (1.05 / (luminance(parts) + 0.05) < LEAST_CONTRAST) parts = parts.map((part) => Math.floor(part * 0.94));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** WCAG 2's relative luminance. */
function luminance(parts: number[]): number {
  const [red, green, blue] = parts.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
