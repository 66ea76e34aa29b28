// The text editor: CodeMirror on a Y.Text. Undo takes back only what was typed here; a viewer's editor is read-only.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, LanguageDescription, bracketMatching, foldGutter, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { EditorView, drawSelection, dropCursor, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import type { Connection } from "./connection";
import { type Suggest, ghostText } from "./ghost_text";

/** Each colour can be read on the ground it stands on, also on the line of the caret. */
const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self], color: "light-dark(#8a2190, #d6a0f5)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "light-dark(#146c2e, #a5d6a0)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "light-dark(#8f4100, #f2b880)" },
  { tag: [tags.comment, tags.meta], color: "light-dark(#5b6472, #9aa4b5)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.function(tags.variableName))], color: "light-dark(#1550a8, #8cb8ff)" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: "light-dark(#00626a, #7fd3d9)" },
  { tag: [tags.propertyName, tags.attributeName], color: "light-dark(#2f4a7d, #b3c7ee)" },
  { tag: [tags.heading, tags.strong], fontWeight: "bold" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], textDecoration: "underline" },
  { tag: tags.invalid, color: "light-dark(#a8201a, #ff9a92)" },
]);

const LINES_LOOKED_AT = 200;

/** How the document is indented already: a tab, or the spaces of its first indented line; else four spaces. */
function unitOf(doc: Text): string {
  for (const line of doc.iterLines(1, Math.min(doc.lines, LINES_LOOKED_AT) + 1)) {
    const indent = /^(\t|[ ]{2,8}(?=[^\s*]))/.exec(line)?.[0];
    if (indent) return indent;
  }
  return "    ";
}

/** It writes into the text by itself, so a read-only editor does not hold it up. */
class Undo extends Y.UndoManager {
  constructor(text: Y.Text, private readonly isReadOnly: () => boolean) {
    super(text);
  }

  override undo(): ReturnType<Y.UndoManager["undo"]> {
    return this.isReadOnly() ? null : super.undo();
  }

  override redo(): ReturnType<Y.UndoManager["redo"]> {
    return this.isReadOnly() ? null : super.redo();
  }
}

export interface EditorOptions {
  connection: Connection;
  path: string;
  isReadOnly: boolean;
  suggest: Suggest;
  onMove(line: number, isTyping: boolean): void;
}

export class Editor {
  readonly view: EditorView;
  readonly undo: Undo;
  private readonly language = new Compartment();
  private readonly rights = new Compartment();

  constructor(parent: HTMLElement, private readonly options: EditorOptions) {
    this.undo = new Undo(options.connection.text, () => this.view.state.readOnly);
    this.view = new EditorView({ parent, state: EditorState.create({ doc: options.connection.text.toString(), extensions: this.extensions() }) });
    void this.loadLanguage(options.path);
  }

  get lineCount(): number {
    return this.view.state.doc.lines;
  }

  setReadOnly(isReadOnly: boolean): void {
    this.view.dispatch({ effects: this.rights.reconfigure(this.rightsOf(isReadOnly)) });
  }

  /** Highlighting comes with its own chunk, only when a document of that language is opened. */
  async loadLanguage(path: string): Promise<void> {
    const { languages } = await import("@codemirror/language-data");
    const description = LanguageDescription.matchFilename(languages, path.split("/").at(-1) ?? path);
    const support = await description?.load().catch(() => undefined);
    this.view.dispatch({ effects: this.language.reconfigure(support ?? []) });
  }

  /** Or to the last line there is. */
  scrollToLine(line: number): void {
    const place = this.view.state.doc.line(Math.max(1, Math.min(line + 1, this.lineCount))).from;
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: "center" }) });
  }

  destroy(): void {
    this.view.destroy();
    this.undo.destroy();
  }

  private rightsOf(isReadOnly: boolean): Extension {
    return isReadOnly ? EditorState.readOnly.of(true) : ghostText(this.options.suggest, () => this.undo.stopCapturing());
  }

  private extensions(): Extension {
    const { options } = this;
    return [
      EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? ""),
      EditorView.contentAttributes.of({ "aria-label": "Text of the open document", "aria-describedby": "keys", spellcheck: "false" }),
      lineNumbers(), foldGutter(), highlightSpecialChars(), drawSelection(), dropCursor(), highlightActiveLine(), indentOnInput(), indentUnit.compute(["doc"], (state) => unitOf(state.doc)),
      bracketMatching(), closeBrackets(), highlightSelectionMatches(), syntaxHighlighting(COLORS),
      EditorState.allowMultipleSelections.of(true),
      this.language.of([]),
      this.rights.of(this.rightsOf(options.isReadOnly)),
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
