// A suggestion of the hub, shown grey behind the caret with how sure it is. Tab takes it, Escape or typing on lets it go;
// what others type in other lines does not.
import { type ChangeDesc, type EditorState, type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType, keymap } from "@codemirror/view";
import type { Suggestion } from "./api";

const PAUSE_MILLISECONDS = 250;

/** Asks for a suggestion at a UTF-16 offset; undefined when there is none. */
export type Suggest = (text: string, offset: number, signal: AbortSignal) => Promise<Suggestion | undefined>;

/** `text` behind the caret takes the place of what stands there up to `end`. */
interface Ghost {
  text: string;
  at: number;
  end: number;
  confidence: number;
  source: string;
}

const setGhost = StateEffect.define<Ghost | null>();

class GhostWidget extends WidgetType {
  constructor(readonly ghost: Ghost) {
    super();
  }

  override eq(other: GhostWidget): boolean {
    return other.ghost.text === this.ghost.text && other.ghost.confidence === this.ghost.confidence;
  }

  toDOM(): HTMLElement {
    const shown = document.createElement("span");
    shown.className = "ghost";
    shown.setAttribute("role", "note");
    shown.textContent = this.ghost.text;
    const sure = `${this.ghost.source}, ${Math.round(this.ghost.confidence * 100)} % sure. Tab takes it.`;
    shown.title = sure;
    shown.setAttribute("aria-label", `Suggestion: ${this.ghost.text}. ${sure}`);
    const badge = document.createElement("span");
    badge.className = "ghost-confidence";
    badge.textContent = ` ${Math.round(this.ghost.confidence * 100)} %`;
    shown.append(badge);
    return shown;
  }
}

const field = StateField.define<Ghost | null>({
  create: () => null,
  update(ghost, transaction) {
    for (const effect of transaction.effects) if (effect.is(setGhost)) return effect.value;
    if (!ghost || transaction.selection || touchesCaretLine(transaction)) return null;
    return transaction.docChanged ? moved(ghost, transaction.changes.mapPos(ghost.at) - ghost.at) : ghost;
  },
  provide: (self) =>
    EditorView.decorations.from(self, (ghost): DecorationSet =>
      ghost ? Decoration.set([Decoration.widget({ widget: new GhostWidget(ghost), side: 1 }).range(ghost.at)]) : Decoration.none,
    ),
});

/** What a suggestion was made for is this line, and where the caret is in it. */
function touchesCaretLine({ startState, changes }: { startState: EditorState; changes: ChangeDesc }): boolean {
  const line = startState.doc.lineAt(startState.selection.main.head);
  return changes.touchesRange(line.from, line.to) !== false;
}

const moved = (ghost: Ghost, by: number): Ghost => ({ ...ghost, at: ghost.at + by, end: ghost.end + by });

/** `standAlone` is called around the taking of one: undo takes back all of it, and only it. */
export function ghostText(suggest: Suggest, standAlone: () => void): Extension {
  const asking = ViewPlugin.fromClass(
    class {
      private timer: ReturnType<typeof setTimeout> | undefined;
      private request: AbortController | undefined;

      constructor(private readonly view: EditorView) {}

      update(update: ViewUpdate): void {
        if (!update.selectionSet && !touchesCaretLine(update)) return;
        clearTimeout(this.timer);
        this.request?.abort();
        const isTyping = update.transactions.some((transaction) => transaction.isUserEvent("input.type") || transaction.isUserEvent("delete"));
        if (isTyping) this.timer = setTimeout(() => void this.ask(), PAUSE_MILLISECONDS);
      }

      async ask(): Promise<void> {
        const { state } = this.view;
        const { main } = state.selection;
        if (!main.empty) return;
        const request = (this.request = new AbortController());
        const found = await suggest(state.doc.toString(), main.head, request.signal).catch(() => undefined);
        const ghost = found && !request.signal.aborted ? ghostOf(found, state.doc.toString(), main.head) : undefined;
        // Others may have moved the line meanwhile, and the caret with it.
        if (ghost) this.view.dispatch({ effects: setGhost.of(moved(ghost, this.view.state.selection.main.head - main.head)) });
      }

      destroy(): void {
        clearTimeout(this.timer);
        this.request?.abort();
      }
    },
  );
  return [field, asking, Prec.highest(keymap.of([{ key: "Tab", run: (view) => accept(view, standAlone) }, { key: "Escape", run: dismiss }]))];
}

/** What is new behind the caret; a suggestion that would change what stands before it is none here. */
export function ghostOf(found: Suggestion, text: string, at: number): Ghost | undefined {
  const before = text.slice(found.start, at);
  if (found.start > at || found.end < at || !found.text.startsWith(before)) return undefined;
  const shown = found.text.slice(before.length);
  return shown ? { text: shown, at, end: found.end, confidence: found.confidence, source: found.source } : undefined;
}

function accept(view: EditorView, standAlone: () => void): boolean {
  const ghost = view.state.field(field);
  if (!ghost) return false;
  standAlone();
  view.dispatch({ changes: { from: ghost.at, to: ghost.end, insert: ghost.text }, selection: { anchor: ghost.at + ghost.text.length }, userEvent: "input.complete" });
  standAlone();
  return true;
}

function dismiss(view: EditorView): boolean {
  if (!view.state.field(field)) return false;
  view.dispatch({ effects: setGhost.of(null) });
  return true;
}
