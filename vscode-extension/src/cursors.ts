// Draws the carets and selections of the others, and tells the server where ours is. No text logic: positions come from the server.
import {
  type DecorationOptions, Disposable, Position, Range, type TextEditor, type TextEditorDecorationType, window, workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { readableOn, safeColor, translucent } from "./colors.js";
import { CURSOR, type CursorsParams, type OwnCursor, type RemoteCursor } from "./protocol.js";

const OWN_CURSOR_INTERVAL_MILLISECONDS = 60;

/** One pair of decoration types for each participant: an editor holds few, and a type keeps its colour. */
interface Style {
  color: string;
  caret: TextEditorDecorationType;
  selection: TextEditorDecorationType;
}

export class Cursors implements Disposable {
  private readonly byUri = new Map<string, RemoteCursor[]>();
  private readonly styles = new Map<string, Style>();
  private readonly disposables: Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly client: LanguageClient) {
    this.disposables = [
      window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => this.draw(editor))),
      window.onDidChangeTextEditorSelection((event) => this.tellOwn(event.textEditor)),
      window.onDidChangeActiveTextEditor((editor) => editor && this.tellOwn(editor)),
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("pairLs.showCursors") && this.drawAll()),
      workspace.onDidCloseTextDocument((document) => this.byUri.delete(document.uri.toString())),
    ];
  }

  show(params: CursorsParams): void {
    this.byUri.set(window.visibleTextEditors.find((editor) => this.uriOf(editor) === params.uri)?.document.uri.toString() ?? params.uri, params.cursors);
    this.drawAll();
  }

  clear(): void {
    this.byUri.clear();
    this.drawAll();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.forEach((disposable) => disposable.dispose());
    this.styles.forEach((style) => (style.caret.dispose(), style.selection.dispose()));
  }

  private uriOf(editor: TextEditor): string {
    return this.client.code2ProtocolConverter.asUri(editor.document.uri);
  }

  private drawAll(): void {
    window.visibleTextEditors.forEach((editor) => this.draw(editor));
  }

  private draw(editor: TextEditor): void {
    const isShown = workspace.getConfiguration("pairLs").get("showCursors", true);
    const cursors = isShown ? (this.byUri.get(editor.document.uri.toString()) ?? this.byUri.get(this.uriOf(editor)) ?? []) : [];
    const carets = new Map<string, DecorationOptions[]>();
    const selections = new Map<string, Range[]>();
    for (const cursor of cursors) {
      const head = new Position(cursor.head.line, cursor.head.character);
      const anchor = new Position(cursor.anchor.line, cursor.anchor.character);
      append(carets, cursor.participantId, flag(head, cursor));
      if (!anchor.isEqual(head)) append(selections, cursor.participantId, new Range(anchor, head));
      this.styleOf(cursor);
    }
    for (const [participantId, style] of this.styles) {
      editor.setDecorations(style.caret, carets.get(participantId) ?? []);
      editor.setDecorations(style.selection, selections.get(participantId) ?? []);
    }
  }

  private styleOf(cursor: RemoteCursor): Style {
    const color = safeColor(cursor.color);
    const known = this.styles.get(cursor.participantId);
    if (known?.color === color) return known;
    known?.caret.dispose();
    known?.selection.dispose();
    const style = {
      color,
      caret: window.createTextEditorDecorationType({ overviewRulerColor: color, overviewRulerLane: 4 }),
      selection: window.createTextEditorDecorationType({ backgroundColor: translucent(color, 0.25) }),
    };
    this.styles.set(cursor.participantId, style);
    return style;
  }

  private tellOwn(editor: TextEditor): void {
    if (editor.document.uri.scheme !== "file" || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      const active = window.activeTextEditor ?? editor;
      if (active.document.uri.scheme !== "file" || !this.client.isRunning()) return;
      const { anchor, active: head } = active.selection;
      const params: OwnCursor = { uri: this.uriOf(active), anchor, head };
      void this.client.sendNotification(CURSOR, params);
    }, OWN_CURSOR_INTERVAL_MILLISECONDS);
  }
}

/** The caret as a thin bar with the name on a flag behind it. */
function flag(head: Position, cursor: RemoteCursor): DecorationOptions {
  const color = safeColor(cursor.color);
  // Above the line, so that it covers no text of it; above the first line there is no room.
  const top = head.line === 0 ? "1.3em" : "-1.1em";
  return {
    range: new Range(head, head),
    hoverMessage: cursor.name,
    renderOptions: {
      // Both take no room in the line: text does not move when somebody's caret passes by.
      before: {
        contentText: "\u200b",
        textDecoration: `none; position: absolute; top: 0; height: 100%; border-left: 2px solid ${color}; z-index: 1; pointer-events: none`,
      },
      after: {
        contentText: cursor.name, backgroundColor: color, color: readableOn(color), margin: "0",
        textDecoration: `none; position: absolute; font-size: 75%; line-height: 1.4; padding: 0 4px; border-radius: 3px; top: ${top}; z-index: 1; pointer-events: none; opacity: 0.9`,
      },
    },
  };
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
