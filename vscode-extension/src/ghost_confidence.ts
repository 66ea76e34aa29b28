// How sure the server is of the ghost text on the screen, in the status bar: VS Code has no place for it in the text itself.
import { type Disposable, type InlineCompletionItem, InlineCompletionList, StatusBarAlignment, type StatusBarItem, window } from "vscode";
import type { Middleware } from "vscode-languageclient/node";

export class GhostConfidence implements Disposable {
  private readonly item: StatusBarItem = window.createStatusBarItem("pairLs.ghost", StatusBarAlignment.Right, 100);
  private readonly moved = window.onDidChangeTextEditorSelection(() => this.show([]));

  constructor() {
    this.item.name = "Pair: Confidence of Ghost Text";
    this.item.tooltip = "Who proposes the grey text, and how likely you are to take it (Tab)";
  }

  readonly middleware: Middleware = {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const found = await next(document, position, context, token);
      if (!token.isCancellationRequested) this.show(found instanceof InlineCompletionList ? found.items : (found ?? []));
      return found;
    },
  };

  dispose(): void {
    this.moved.dispose();
    this.item.dispose();
  }

  /** The server writes its confidence as the title of the command that runs when the text is taken. */
  private show(items: readonly InlineCompletionItem[]): void {
    const title = items[0]?.command?.title;
    if (!title) return this.item.hide();
    this.item.text = `$(sparkle) ${title}`;
    this.item.show();
  }
}
