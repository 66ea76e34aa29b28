import assert from "node:assert/strict";
import { test } from "node:test";
import { type Machine, ServerNotFound, type ServerSettings, findServer } from "../src/server.js";

const settings: ServerSettings = { path: [], interpreter: "", importStrategy: "fromEnvironment", isTrusted: true };

function machine(changes: Partial<Machine> & { pythons?: Record<string, readonly [number, number]>; installed?: string[] }): Machine {
  const pythons = changes.pythons ?? { python3: [3, 12] };
  return {
    platform: "linux", architecture: "x64", extensionDirectory: "/ext", extensionVersion: "0.1.0", storageDirectory: "/storage",
    activeInterpreter: async () => undefined,
    pythonVersion: async (command) => pythons[command.join(" ")],
    canImport: async (command) => (changes.installed ?? []).includes(command.join(" ")),
    exists: () => false,
    onPath: () => false,
    ...changes,
  };
}

test("the setting wins over everything that is installed", async () => {
  const found = await findServer({ ...settings, path: ["/opt/pair-ls", "lsp"] }, machine({ installed: ["python3"] }));
  assert.deepEqual(found, { command: "/opt/pair-ls", args: ["lsp"], env: {}, source: "setting" });
});

test("pair_ls of the chosen interpreter comes before the bundled one", async () => {
  const found = await findServer(settings, machine({
    activeInterpreter: async () => "/venv/bin/python", pythons: { "/venv/bin/python": [3, 11] }, installed: ["/venv/bin/python"], exists: () => true,
  }));
  assert.deepEqual([found.command, ...found.args, found.source], ["/venv/bin/python", "-m", "pair_ls", "lsp", "environment"]);
});

test("the bundled server runs under the first Python that is new enough", async () => {
  const found = await findServer(settings, machine({
    activeInterpreter: async () => "/old/python", pythons: { "/old/python": [3, 9], python3: [3, 13] }, exists: () => true,
  }));
  assert.equal(found.command, "python3");
  assert.deepEqual(found.env, {
    PYTHONPATH: "/ext/bundled/libs:/ext/bundled/linux-x64:/storage/hub-0.1.0-python3.13", PYTHONSAFEPATH: "1",
  });
  assert.equal(found.hub?.requirements, "/ext/bundled/hub-requirements.txt");
});

test("Windows separates the folders by a semicolon and tries its launcher first", async () => {
  const found = await findServer(settings, machine({ platform: "win32", pythons: { "py -3": [3, 12] }, exists: () => true }));
  assert.deepEqual([found.command, found.args[0]], ["py", "-3"]);
  assert.match(found.env.PYTHONPATH ?? "", /libs;.*win32-x64/);
});

test("both kinds of Mac share one folder", async () => {
  const found = await findServer(settings, machine({ platform: "darwin", architecture: "arm64", exists: (path) => !path.includes("darwin-") }));
  assert.match(found.env.PYTHONPATH ?? "", /libs:.*bundled\/darwin:/);
});

test("uvx is asked for the same version when nothing is bundled for this platform", async () => {
  const found = await findServer(settings, machine({ onPath: (program) => program === "uvx" }));
  assert.deepEqual(found.args, ["--from", "pair-ls==0.1.0", "pair-ls", "lsp"]);
});

test("a folder that is not trusted cannot name the program or lend its own pair_ls", async () => {
  const found = await findServer({ path: ["/evil"], interpreter: "/evil-python", importStrategy: "fromEnvironment", isTrusted: false }, machine({
    activeInterpreter: async () => "/evil-python", pythons: { "/evil-python": [3, 12], python3: [3, 12] }, installed: ["/evil-python", "python3"],
    exists: () => true,
  }));
  assert.deepEqual([found.command, found.source], ["python3", "bundled"]);
});

test("without Python the error names the remedy", async () => {
  await assert.rejects(findServer(settings, machine({ pythons: {} })), (error: Error) => error instanceof ServerNotFound && /3\.11/.test(error.message));
});
