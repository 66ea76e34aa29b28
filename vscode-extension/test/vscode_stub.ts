// Stands in for `vscode` in tests of modules that only touch its types and small classes.
export class Position {
  constructor(readonly line: number, readonly character: number) {}
  isEqual(other: Position): boolean { return this.line === other.line && this.character === other.character; }
}
export class Range { constructor(readonly start: Position, readonly end: Position) {} }
export const Uri = { parse: (address: string): { address: string } => ({ address }) };
export class ThemeColor { constructor(readonly id: string) {} }
export const TreeItemCollapsibleState = { None: 0 };
export class TreeItem {
  id?: string; description?: string; tooltip?: string; iconPath?: object; contextValue?: string; command?: object;
  constructor(readonly label: string, readonly collapsibleState?: number) {}
}
export class EventEmitter<T> {
  private readonly listeners: ((value: T) => void)[] = [];
  readonly event = (listener: (value: T) => void): void => void this.listeners.push(listener);
  fire(value: T): void { this.listeners.forEach((listener) => listener(value)); }
}
export const StatusBarAlignment = { Left: 1 };
export const window = {};
export const commands = {};
