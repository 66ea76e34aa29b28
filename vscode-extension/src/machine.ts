// The real machine behind `findServer`: runs interpreters with a deadline, asks the Python extension if it is there.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { extensions, type ExtensionContext, type Uri } from "vscode";
import type { Machine } from "./server.js";

const DEADLINE_MILLISECONDS = 10_000;

export function thisMachine(context: ExtensionContext, folder: Uri | undefined): Machine {
  return {
    platform: process.platform,
    architecture: process.arch,
    extensionDirectory: context.extensionPath,
    storageDirectory: context.globalStorageUri.fsPath,
    extensionVersion: String(context.extension.packageJSON.version),
    activeInterpreter: () => activeInterpreter(folder),
    pythonVersion: async (command) => {
      const printed = await run([...command, "-c", "import sys; print(*sys.version_info[:2])"]);
      const [major, minor] = (printed ?? "").trim().split(" ").map(Number);
      return major && minor !== undefined ? [major, minor] : undefined;
    },
    canImport: async (command, module) =>
      (await run([...command, "-c", `import importlib.util, sys; sys.exit(importlib.util.find_spec(${JSON.stringify(module)}) is None)`])) !==
      undefined,
    exists: existsSync,
    onPath: (program) => {
      const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
      return (process.env.PATH ?? "").split(delimiter).some((directory) => names.some((name) => existsSync(join(directory, name))));
    },
  };
}

/** What the program printed, or undefined when it failed or took too long. */
function run(command: readonly string[]): Promise<string | undefined> {
  return finish(command, DEADLINE_MILLISECONDS).catch(() => undefined);
}

/** What the program printed; an error with its last words when it failed. */
export function finish(command: readonly string[], deadlineMilliseconds: number): Promise<string> {
  const [program, ...args] = command;
  const options = { timeout: deadlineMilliseconds, windowsHide: true, env: { ...process.env, PYTHONSAFEPATH: "1" } };
  return new Promise((resolve, reject) => {
    execFile(program ?? "", args, options, (error, stdout, stderr) =>
      error ? reject(new Error(stderr.trim().split("\n").at(-1) || error.message)) : resolve(stdout),
    );
  });
}

interface PythonApi {
  environments?: { getActiveEnvironmentPath(resource?: Uri): { path: string } };
}

async function activeInterpreter(folder: Uri | undefined): Promise<string | undefined> {
  const extension = extensions.getExtension<PythonApi>("ms-python.python");
  if (!extension) return undefined;
  const api = extension.isActive ? extension.exports : await extension.activate();
  const path = api.environments?.getActiveEnvironmentPath(folder).path;
  return path && path !== "python" ? path : undefined;
}
