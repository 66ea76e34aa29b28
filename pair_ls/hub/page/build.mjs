// Bundles the guest page into dist/: index.html, assets/ with hashed names, each with a .gz beside it, and the licences of what is inside.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

rmSync("dist", { recursive: true, force: true });
const result = await build({
  entryPoints: { main: "src/main.ts", style: "src/style.css" },
  bundle: true, minify: true, splitting: true, format: "esm", target: "es2022", outdir: "dist/assets", metafile: true,
  entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", legalComments: "none", logLevel: "warning",
});

const outputs = Object.entries(result.metafile.outputs);
const built = (entry) => outputs.find(([, output]) => output.entryPoint === entry)[0].replace("dist/", "/");
const script = outputs.find(([, output]) => output.entryPoint === "src/main.ts")[1];
const preloads = script.imports.filter((one) => one.kind === "import-statement").map((one) => one.path.replace("dist/", "/"));
const page = readFileSync("src/index.html", "utf8")
  .replace("%script%", built("src/main.ts"))
  .replace("%style%", built("src/style.css"))
  .replace("%preloads%", preloads.map((path) => `<link rel="modulepreload" href="${path}">`).join("\n    "));
writeFileSync("dist/index.html", page);

const first = [built("src/main.ts"), built("src/style.css"), ...preloads].map((path) => `dist${path}`);
let firstLoad = gzipSync(page, { level: 9 }).length;
for (const name of readdirSync("dist/assets")) {
  const packed = gzipSync(readFileSync(`dist/assets/${name}`), { level: 9 });
  writeFileSync(`dist/assets/${name}.gz`, packed);
  if (first.includes(`dist/assets/${name}`)) firstLoad += packed.length;
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const licences = Object.entries(lock.packages)
  .filter(([path, one]) => path && !one.dev && existsSync(path))
  .map(([path, one]) => {
    const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
    return `${path.replace(/^.*node_modules\//, "")} ${one.version} (${one.license ?? "?"})\n\n${file ? readFileSync(`${path}/${file}`, "utf8").trim() : "(no licence file in the package)"}\n`;
  });
mkdirSync("dist", { recursive: true });
writeFileSync("dist/THIRD_PARTY_LICENSES.txt", licences.join(`\n${"-".repeat(80)}\n\n`));
console.log(`page: first load ${(firstLoad / 1000).toFixed(0)} kB gzip, ${outputs.length} files`);
