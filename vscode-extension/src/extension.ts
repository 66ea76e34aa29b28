// Starts the language server, and again when what decides which one has changed.
import { ConfigurationTarget, Disposable, type ExtensionContext, type LogOutputChannel, commands, window, workspace } from "vscode";
import { COMMANDS } from "./command_names.js";
import { linkOfUri } from "./links.js";
import { ServerNotFound } from "./server.js";
import { type Session, findSession } from "./session.js";

/** What a server is chosen by, and what it is told when it starts. */
const DECISIVE = ["pairLs.path", "pairLs.interpreter", "pairLs.importStrategy", "pairLs.hubUrl", "pairLs.name"];

let extension: Extension | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Pair", { log: true });
  extension = new Extension(context, log);
  context.subscriptions.push(
    log,
    commands.registerCommand("pairLs.restartServer", () => extension?.restart()),
    workspace.onDidGrantWorkspaceTrust(() => extension?.restart()),
    workspace.onDidChangeConfiguration((event) => DECISIVE.some((name) => event.affectsConfiguration(name)) && extension?.restart()),
    window.registerUriHandler({
      handleUri: (uri) => {
        const link = linkOfUri(uri.path, uri.query);
        if (link) void commands.executeCommand("pairLs.join", link);
        else void window.showErrorMessage("That address carries no link to a room.");
      },
    }),
  );
  await extension.restart();
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
}

class Extension {
  private session: Session | undefined;
  private remedies: Disposable | undefined;
  /** One start or stop after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly context: ExtensionContext, private readonly log: LogOutputChannel) {}

  restart(): Promise<void> {
    return this.next(async () => {
      await this.end();
      try {
        this.session = await findSession(this.context, this.log);
      } catch (error) {
        if (!(error instanceof ServerNotFound)) throw error;
        this.log.error(error.message);
        this.remedies = Disposable.from(...COMMANDS.map((name) => commands.registerCommand(name, () => offerRemedies(error.message))));
        void offerRemedies(error.message);
      }
      await this.session?.start();
    });
  }

  stop(): Promise<void> {
    return this.next(() => this.end());
  }

  private next(work: () => Promise<void>): Promise<void> {
    return (this.last = this.last.catch(() => undefined).then(work));
  }

  private async end(): Promise<void> {
    this.remedies?.dispose();
    const session = this.session;
    this.remedies = this.session = undefined;
    await session?.stop();
  }
}

async function offerRemedies(message: string): Promise<void> {
  const choose = "Select interpreter";
  const guide = "Open guide";
  const answer = await window.showErrorMessage(message, choose, guide);
  if (answer === choose) await chooseInterpreter();
  if (answer === guide) await commands.executeCommand("workbench.extensions.action.showExtensionsWithIds", [["pairls.pairls"]]);
}

/** Written into the settings of this machine; that starts the server anew. */
async function chooseInterpreter(): Promise<void> {
  const prompt = "A Python 3.11 or newer; best one with pair-ls in it (pip install pair-ls)";
  const path = await window.showInputBox({ prompt, placeHolder: "/home/me/venv/bin/python", ignoreFocusOut: true });
  if (path?.trim()) await workspace.getConfiguration("pairLs").update("interpreter", path.trim(), ConfigurationTarget.Global);
}
