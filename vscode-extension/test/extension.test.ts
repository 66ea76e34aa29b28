import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { ExtensionContext } from "vscode";
import { COMMANDS } from "../src/command_names.js";
import { activate, deactivate } from "../src/extension.js";
import { PARTICIPANTS, STATUS } from "../src/protocol.js";
import { LanguageClient, State } from "./language_client_stub.js";
import { commands, contexts, items, registered, settingChanged, settings, trees } from "./vscode_stub.js";

let context: { subscriptions: { dispose(): void }[] } & Record<string, unknown>;

beforeEach(() => {
  settings.set("path", ["/opt/pair-ls", "lsp"]);
  context = {
    subscriptions: [], extensionPath: "/ext", globalStorageUri: { fsPath: "/storage" }, extension: { packageJSON: { version: "0.1.0" } },
    globalState: { get: () => undefined },
  };
});

afterEach(async () => {
  await deactivate();
  context.subscriptions.forEach((one) => one.dispose());
  LanguageClient.made.length = 0;
});

const start = (): Promise<void> => activate(context as unknown as ExtensionContext);
const client = (): LanguageClient => LanguageClient.made.at(-1)!;
const ada = { participantId: "a", name: "Ada", role: "editor", color: "#3366ff", self: false, uri: null, path: null, line: null };

function connected(): void {
  client().tell(STATUS, { state: "connected", role: "owner", roomName: "café", participants: 2, unacknowledged: 0, waiting: [], completion: null });
  client().tell(PARTICIPANTS, { participants: [ada] });
}

test("a restart helps after a start that failed, and the commands are there", async () => {
  LanguageClient.nextStartFails = true;
  await assert.rejects(start(), /does not start/);
  await commands.executeCommand("pairLs.restartServer");
  assert.deepEqual(LanguageClient.made.map(({ state }) => state), [State.StartFailed, State.Running]);
  assert.deepEqual([...registered.keys()].sort(), [...COMMANDS, "pairLs.restartServer"].sort());
});

test("of a server that has died nothing is shown but that it has, and how to start it", async () => {
  await start();
  connected();
  assert.deepEqual([items.get("pairLs.status")?.text, contexts.get("pairLs.state")], ["$(broadcast) café 2", "connected"]);
  client().enter(State.Stopped);
  assert.deepEqual([items.get("pairLs.status")?.text, items.get("pairLs.status")?.command], ["$(error) Pair · no server", "pairLs.restartServer"]);
  assert.deepEqual([contexts.get("pairLs.state"), contexts.get("pairLs.role")], ["none", null]);
  assert.deepEqual(trees.get("pairLs.participants")?.getChildren(), []);
});

test("what a server said is not shown of the one that comes after it", async () => {
  await start();
  connected();
  client().enter(State.Starting);
  assert.deepEqual([items.get("pairLs.status")?.text, items.get("pairLs.status")?.command], ["$(person-add) Pair", "pairLs.status"]);
  assert.equal(contexts.get("pairLs.state"), "none");
  client().enter(State.Running);
  connected();
  assert.deepEqual(trees.get("pairLs.participants")?.getChildren(), [ada]);
});

for (const name of ["path", "interpreter", "importStrategy", "hubUrl", "name"]) {
  test(`a server is told pairLs.${name} at its start, so another one starts when it changes`, async () => {
    await start();
    settingChanged.fire({ affectsConfiguration: (changed) => changed === `pairLs.${name}` });
    await deactivate();
    assert.equal(LanguageClient.made.length, 2);
  });
}
