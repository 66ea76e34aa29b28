// A stock editor in a room: CodeMirror by y-codemirror, or Monaco's model by y-monaco, over the y-websocket provider.
// Arguments: codemirror|monaco, websocket URL up to /ws, room, name, seed, number of edits. It types when the text begins
// with "go". Each line of stdout: {synced, typed, editor, shared, names, carets}.
import WebSocket from "ws";
import * as Y from "yjs";
import { WebsocketProvider } from "y-websocket";

const [kind, url, room, name, seed, edits] = process.argv.slice(2);
let dice = Number(seed);
const random = (below) => {
  dice = (Math.imul(dice, 1103515245) + 12345) & 0x7fffffff;
  return (dice >>> 8) % below;
};
const PIECES = ["a", "é", "😀", "漢", "\n", "e\u0301", "if x:\n    ", "\u2028"];

const document = new Y.Doc();
const text = document.getText("content");
const provider = new WebsocketProvider(url, room, document, { WebSocketPolyfill: WebSocket, disableBc: true });
const { awareness } = provider;
awareness.setLocalStateField("user", { name, color: "#30bced" });

async function codemirror() {
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
  window.Range.prototype.getClientRects = () => [];
  globalThis.window = window;
  for (const each of ["Window", "document", "MutationObserver", "Node", "HTMLElement", "getComputedStyle", "requestAnimationFrame", "cancelAnimationFrame"])
    globalThis[each] = window[each];
  const { EditorState } = await import("@codemirror/state");
  const { EditorView } = await import("@codemirror/view");
  const { yCollab } = await import("y-codemirror.next");
  const state = EditorState.create({ doc: text.toString(), extensions: [yCollab(text, awareness)] });
  const view = new EditorView({ state, parent: window.document.body });
  view.focus();
  return {
    text: () => view.state.sliceDoc(),
    replace: (from, to, insert) =>
      view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length } }),
  };
}

async function monaco() {
  const { createModel, Range, Selection } = await import("monaco-editor/esm/vs/editor/editor.api.js");
  const { MonacoBinding } = await import("y-monaco");
  const model = createModel("");
  let selection = new Selection(1, 1, 1, 1);
  let told = () => {};
  const editor = {
    getModel: () => model,
    getSelection: () => selection,
    setSelection: (given) => (selection = given),
    deltaDecorations: (_, decorations) => decorations.map((_, number) => `${number}`),
    onDidChangeCursorSelection: (listener) => (told = listener),
  };
  new MonacoBinding(text, model, new Set([editor]), awareness);
  return {
    text: () => model.getValue(),
    replace: (from, to, insert) => {
      const [start, end] = [model.getPositionAt(from), model.getPositionAt(to)];
      model.applyEdits([{ range: new Range(start.lineNumber, start.column, end.lineNumber, end.column), text: insert }]);
      const caret = model.getPositionAt(from + insert.length);
      selection = new Selection(caret.lineNumber, caret.column, caret.lineNumber, caret.column);
      told();
    },
  };
}

const editor = await { codemirror, monaco }[kind]();

/** Not between the halves of a surrogate pair: no editor lets a person stand there. */
const whole = (offset) => {
  const code = editor.text().charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
};

let typed = 0;
const type = () => {
  if (typed >= Number(edits)) return;
  const size = editor.text().length;
  const from = whole(random(size + 1));
  const to = random(3) === 0 ? whole(Math.min(size, from + random(6))) : from;
  editor.replace(from, Math.max(from, to), PIECES[random(PIECES.length)]);
  typed += 1;
  setTimeout(type, random(12));
};

const wait = () => (text.toString().startsWith("go") ? type() : setTimeout(wait, 10));
wait();

const states = () => [...awareness.getStates().values()];
setInterval(() => {
  const names = states().map((state) => state.user?.name ?? "").sort();
  const carets = states().filter((state) => state.cursor ?? state.selection).map((state) => state.user.name).sort();
  const shown = { synced: provider.synced, typed, editor: editor.text(), shared: text.toString(), names, carets };
  console.log(JSON.stringify(shown));
}, 100);
