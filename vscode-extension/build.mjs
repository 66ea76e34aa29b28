// Bundles the extension into dist/, and with --tests the tests into dist-test/ (with stubs in the place of `vscode` and its language client).
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

const common = { bundle: true, platform: "node", target: "node20", format: "cjs", logLevel: "warning", legalComments: "none" };

if (process.argv.includes("--tests")) {
  rmSync("dist-test", { recursive: true, force: true });
  const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`);
  await build({ ...common, entryPoints: tests, outdir: "dist-test", outExtension: { ".js": ".cjs" }, alias: { vscode: "./test/vscode_stub.ts", "vscode-languageclient/node": "./test/language_client_stub.ts" } });
} else {
  await build({ ...common, entryPoints: ["src/extension.ts"], outfile: "dist/extension.js", external: ["vscode"], minify: true });
}
