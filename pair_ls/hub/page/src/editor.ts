// The text editor: CodeMirror on a Y.Text. Undo takes back only what was typed here; a viewer's editor is read-only.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { LanguageDescription, bracketMatching, defaultHighlightStyle, foldGutter, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, drawSelection, dropCursor, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import type { Connection } from "./connection";
import { type Suggest, ghostText } from "./ghost_text";

export interface EditorOptions {
  connection: Connection;
  path: string;
  isReadOnly: boolean;
  suggest: Suggest;
  onMove(line: number, isTyping: boolean): void;
}

export class Editor {
  readonly view: EditorView;
  readonly undo: Y.UndoManager;
  private readonly language = new Compartment();
  private readonly readOnly = new Compartment();

  constructor(parent: HTMLElement, options: EditorOptions) {
    this.undo = new Y.UndoManager(options.connection.text);
    this.view = new EditorView({ parent, state: EditorState.create({ doc: options.connection.text.toString(), extensions: this.extensions(options) }) });
    void this.loadLanguage(options.path);
  }

  setReadOnly(isReadOnly: boolean): void {
    this.view.dispatch({ effects: this.readOnly.reconfigure(EditorState.readOnly.of(isReadOnly)) });
  }

  /** Highlighting comes with its own chunk, only when a document of that language is opened. */
  async loadLanguage(path: string): Promise<void> {
    const { languages } = await import("@codemirror/language-data");
    const description = LanguageDescription.matchFilename(languages, path.split("/").at(-1) ?? path);
    const support = await description?.load().catch(() => undefined);
    this.view.dispatch({ effects: this.language.reconfigure(support ?? []) });
  }

  scrollToLine(line: number): void {
    const place = this.view.state.doc.line(Math.max(1, Math.min(line + 1, this.view.state.doc.lines))).from;
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: "center" }) });
  }

  destroy(): void {
    this.view.destroy();
    this.undo.destroy();
  }

  private extensions(options: EditorOptions): Extension {
    return [
      EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? ""),
      EditorView.contentAttributes.of({ "aria-label": `Text of ${options.path}`, spellcheck: "false" }),
      lineNumbers(), foldGutter(), highlightSpecialChars(), drawSelection(), dropCursor(), highlightActiveLine(), indentOnInput(),
      bracketMatching(), closeBrackets(), highlightSelectionMatches(), syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
      EditorState.allowMultipleSelections.of(true),
      this.language.of([]),
      this.readOnly.of(EditorState.readOnly.of(options.isReadOnly)),
      options.isReadOnly ? [] : ghostText(options.suggest),
      keymap.of([...closeBracketsKeymap, ...yUndoManagerKeymap, ...searchKeymap, ...defaultKeymap, indentWithTab]),
      yCollab(options.connection.text, options.connection.awareness, { undoManager: this.undo }),
      EditorView.updateListener.of((update) => {
        if (!update.selectionSet && !update.docChanged) return;
        const isTyping = update.transactions.some((transaction) => transaction.isUserEvent("input") || transaction.isUserEvent("delete"));
        options.onMove(update.state.doc.lineAt(update.state.selection.main.head).number - 1, isTyping);
      }),
    ];
  }
}
