// A hub for somebody who shares without having one: what it needs beside the bundled server, fetched once, by pip.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ProgressLocation, window } from "vscode";
import { finish } from "./machine.js";
import type { HubInstallation } from "./server.js";

const DEADLINE_MILLISECONDS = 600_000;

/** Ask, and install; false when it is there already or the person does not want it. Every file is checked by its hash. */
export async function offerHub(hub: HubInstallation, problem: string): Promise<boolean> {
  if (existsSync(hub.directory)) return false;
  const install = "Install a hub";
  const message = "Sharing needs a hub, and none answers. Install one for this machine? Some 50 MB are fetched once, by pip.";
  if ((await window.showWarningMessage(message, { modal: true, detail: problem }, install)) !== install) return false;
  await window.withProgress({ location: ProgressLocation.Notification, title: "Installing a hub for this machine…" }, () => installHub(hub));
  return true;
}

/** All or nothing: the folder gets its name when it is whole. */
async function installHub(hub: HubInstallation): Promise<void> {
  const aside = `${hub.directory}.part`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(dirname(hub.directory), { recursive: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"];
  await finish([...hub.python, ...pip, "--target", aside, "-r", hub.requirements], DEADLINE_MILLISECONDS);
  await rename(aside, hub.directory);
}
