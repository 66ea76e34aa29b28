// Stands in for `vscode` in tests: small classes, what was registered, and settings that tests change.
export class Position {
  constructor(readonly line: number, readonly character: number) {}
  isEqual(other: Position): boolean { return this.line === other.line && this.character === other.character; }
}
export class Range { constructor(readonly start: Position, readonly end: Position) {} }
export class Selection {}
export const Uri = { parse: (address: string): { address: string } => ({ address }) };
export class ThemeColor { constructor(readonly id: string) {} }
export const TreeItemCollapsibleState = { None: 0 };
export class TreeItem {
  id?: string; description?: string; tooltip?: string; iconPath?: object; contextValue?: string; command?: object;
  constructor(readonly label: string, readonly collapsibleState?: number) {}
}
export class InlineCompletionList { constructor(readonly items: object[]) {} }
export class Disposable {
  constructor(private readonly end: () => void) {}
  static from(...all: { dispose(): void }[]): Disposable { return new Disposable(() => all.forEach((one) => one.dispose())); }
  dispose(): void { this.end(); }
}
export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void { this.listeners.forEach((listener) => listener(value)); }
}
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const ProgressLocation = { Notification: 15 };
export const ConfigurationTarget = { Global: 1 };
export const extensions = { getExtension: (): undefined => undefined };
export const env = {};

const ignored = (): Disposable => new Disposable(() => {});
export interface Item { text: string; command?: string; tooltip?: string }
interface Tree { getChildren(): { name: string }[] }
export const items = new Map<string, Item>();
export const trees = new Map<string, Tree>();
export const window = {
  visibleTextEditors: [],
  createStatusBarItem: (id: string): object => {
    const item = { text: "", show: () => {}, hide: () => {}, dispose: () => {} };
    items.set(id, item);
    return item;
  },
  createOutputChannel: (): object => ({ info: () => {}, warn: () => {}, error: () => {}, dispose: () => {} }),
  registerTreeDataProvider: (id: string, tree: Tree): Disposable => (trees.set(id, tree), ignored()),
  registerUriHandler: ignored,
  onDidChangeVisibleTextEditors: ignored, onDidChangeTextEditorSelection: ignored, onDidChangeActiveTextEditor: ignored,
};

export const registered = new Map<string, (...args: unknown[]) => unknown>();
export const contexts = new Map<unknown, unknown>();
export const commands = {
  registerCommand: (name: string, handler: (...args: unknown[]) => unknown): Disposable => {
    if (registered.has(name)) throw new Error(`command '${name}' already exists`);
    registered.set(name, handler);
    return new Disposable(() => registered.delete(name));
  },
  executeCommand: async (name: string, ...args: unknown[]): Promise<unknown> =>
    name === "setContext" ? contexts.set(args[0], args[1]) : registered.get(name)?.(...args),
};

export const settings = new Map<string, unknown>();
export const settingChanged = new EventEmitter<{ affectsConfiguration(name: string): boolean }>();
export const workspace = {
  isTrusted: true,
  getConfiguration: () => ({ get: (name: string, fallback: unknown): unknown => settings.get(name) ?? fallback }),
  onDidChangeConfiguration: settingChanged.event,
  onDidGrantWorkspaceTrust: ignored, onDidCloseTextDocument: ignored,
};
