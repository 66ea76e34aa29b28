// Finds the language server without configuration. Pure: the machine is asked through `Machine`, so every order is tested.

export interface ServerSettings {
  path: readonly string[];
  interpreter: string;
  importStrategy: "fromEnvironment" | "useBundled";
  isTrusted: boolean;
}

export interface ServerCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
  source: "setting" | "environment" | "bundled" | "uvx";
  /** What a hub on this machine still needs, when the server is the bundled one. */
  hub?: HubInstallation;
}

/** `requirements` are installed for `python` into `directory`, which the server already looks into. */
export interface HubInstallation {
  python: readonly string[];
  directory: string;
  requirements: string;
}

/** What finding the server needs to know of the machine it runs on. */
export interface Machine {
  platform: string;
  architecture: string;
  extensionDirectory: string;
  extensionVersion: string;
  /** Where VS Code lets the extension keep files. */
  storageDirectory: string;
  /** Interpreter chosen in the Python extension, if that is installed. */
  activeInterpreter(): Promise<string | undefined>;
  /** Python version as [major, minor], or undefined when it cannot be run. */
  pythonVersion(command: readonly string[]): Promise<readonly [number, number] | undefined>;
  canImport(command: readonly string[], module: string): Promise<boolean>;
  exists(path: string): boolean;
  onPath(program: string): boolean;
}

export class ServerNotFound extends Error {}

const OLDEST_PYTHON = [3, 11] as const;

/** The order: pairLs.path, pair_ls of the chosen interpreter, the bundled server, uvx; else one error. */
export async function findServer(settings: ServerSettings, machine: Machine): Promise<ServerCommand> {
  const [program, ...args] = settings.isTrusted ? settings.path : [];
  if (program) return { command: program, args, env: {}, source: "setting" };
  // An interpreter that lies in the opened folder is a program of that folder.
  const active = settings.isTrusted ? await machine.activeInterpreter() : undefined;
  const python = await firstPython(candidates(settings, active, machine.platform), machine);
  if (python && settings.importStrategy === "fromEnvironment" && settings.isTrusted && (await machine.canImport(python.command, "pair_ls"))) {
    return command(python.command, {}, "environment");
  }
  const folders = bundledFolders(machine);
  if (python && folders) {
    const hub = hubInstallation(python, machine);
    const path = [...folders, hub.directory].join(machine.platform === "win32" ? ";" : ":");
    // PYTHONSAFEPATH keeps a module of the opened folder from taking the place of one of ours.
    return { ...command(python.command, { PYTHONPATH: path, PYTHONSAFEPATH: "1" }, "bundled"), hub };
  }
  if (machine.onPath("uvx")) {
    return { command: "uvx", args: ["--from", `pair-ls==${machine.extensionVersion}`, "pair-ls", "lsp"], env: {}, source: "uvx" };
  }
  throw new ServerNotFound(
    python
      ? "This build of the extension carries no server for your platform. Install it with `pip install pair-ls`, or set pairLs.path."
      : "Pair needs Python 3.11 or newer and found none. Choose an interpreter, or set pairLs.interpreter.",
  );
}

function command(python: readonly string[], env: Record<string, string>, source: ServerCommand["source"]): ServerCommand {
  const [program, ...args] = python;
  return { command: program ?? "python3", args: [...args, "-m", "pair_ls", "lsp"], env, source };
}

function candidates(settings: ServerSettings, active: string | undefined, platform: string): string[][] {
  const chosen = [settings.isTrusted ? settings.interpreter : "", active ?? ""].filter(Boolean).map((path) => [path]);
  const launcher = platform === "win32" ? [["py", "-3"]] : [];
  return [...chosen, ...launcher, ["python3"], ["python"]];
}

interface Python {
  command: readonly string[];
  version: readonly [number, number];
}

async function firstPython(commands: string[][], machine: Machine): Promise<Python | undefined> {
  for (const python of commands) {
    const version = await machine.pythonVersion(python);
    if (version && (version[0] > OLDEST_PYTHON[0] || (version[0] === OLDEST_PYTHON[0] && version[1] >= OLDEST_PYTHON[1]))) return { command: python, version };
  }
  return undefined;
}

/** A folder for each Python and each version of ours: what is in it was compiled for them. */
function hubInstallation(python: Python, machine: Machine): HubInstallation {
  return {
    python: python.command,
    directory: `${machine.storageDirectory}/hub-${machine.extensionVersion}-python${python.version.join(".")}`,
    requirements: `${machine.extensionDirectory}/bundled/hub-requirements.txt`,
  };
}

function bundledFolders(machine: Machine): string[] | undefined {
  const root = `${machine.extensionDirectory}/bundled`;
  const native = `${root}/${machine.platform === "darwin" ? "darwin" : `${machine.platform}-${machine.architecture}`}`;
  return machine.exists(`${root}/libs/pair_ls`) && machine.exists(native) ? [`${root}/libs`, native] : undefined;
}
