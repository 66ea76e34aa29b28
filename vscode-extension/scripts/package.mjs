// Makes the .vsix without vsce and without network beyond pip's own index: the built extension plus the Python server.
// Pure libraries once; pycrdt (abi3, one wheel per platform for every Python >= 3.11) for each platform.
//   node scripts/package.mjs [--python PATH]
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, crc32 } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = dirname(root);
const python = process.argv.includes("--python") ? process.argv[process.argv.indexOf("--python") + 1] : join(repository, ".venv/bin/python");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
// One wheel serves both kinds of Mac, and its linux wheels are good for every distribution since 2014.
const PLATFORMS = {
  "linux-x64": "manylinux_2_17_x86_64",
  "linux-arm64": "manylinux_2_17_aarch64",
  darwin: "macosx_11_0_universal2",
  "win32-x64": "win_amd64",
};
// watchfiles is native and optional: VS Code watches the disk itself.
const PURE = ["pygls", "lsprotocol", "attrs", "cattrs", "websockets", "platformdirs", "pathspec", "anyio", "idna", "typing-extensions"];

// What a hub on the user's own machine does without: tools of this repository, and the driver for PostgreSQL.
const NOT_FOR_A_LOCAL_HUB = ["uv", "hatchling", "editables", "trove-classifiers", "psycopg", "psycopg-binary", "psycopg-pool"];

/** Entries of the lock file by name, each with its version and hashes. One name may have several, for several Pythons. */
function locked() {
  const entries = new Map();
  for (const entry of readFileSync(join(repository, "requirements/run.lock"), "utf8").split(/\n(?=\S)/)) {
    const name = /^([a-z0-9-]+)/.exec(entry)?.[1];
    if (name) entries.set(name, [...(entries.get(name) ?? []), entry.trimEnd()]);
  }
  return entries;
}

/** The packages' own entries of the lock file. */
function pinned(names) {
  const entries = locked();
  const missing = names.filter((name) => !entries.has(name));
  if (missing.length > 0) throw new Error(`not in requirements/run.lock: ${missing.join(", ")}`);
  return `${names.flatMap((name) => entries.get(name)).join("\n")}\n`;
}

function pipInstall(target, platform, names) {
  mkdirSync(target, { recursive: true });
  const requirements = join(target, "requirements.txt");
  writeFileSync(requirements, pinned(names));
  execFileSync(python, ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-compile", "--require-hashes",
    "--only-binary=:all:", "--implementation", platform === "any" ? "py" : "cp", "--python-version", "3.11", "--platform", platform,
    ...(platform === "any" ? [] : ["--abi", "abi3"]), "--target", target, "-r", requirements], { stdio: "inherit" });
  rmSync(requirements);
  for (const name of readdirSync(target)) if (name.endsWith(".dist-info") || name === "bin") rmSync(join(target, name), { recursive: true });
}

function bundleServer() {
  const bundled = join(root, "bundled");
  rmSync(bundled, { recursive: true, force: true });
  pipInstall(join(bundled, "libs"), "any", PURE);
  for (const [name, platform] of Object.entries(PLATFORMS)) pipInstall(join(bundled, name), platform, ["pycrdt"]);
  // The hub's own files come along: what else a hub needs is fetched when somebody without a hub shares.
  const others = [...locked().keys()].filter((name) => ![...PURE, "pycrdt", ...NOT_FOR_A_LOCAL_HUB].includes(name));
  writeFileSync(join(bundled, "hub-requirements.txt"), pinned(others));
  const isMade = (path) => /(^|\/)__pycache__(\/|$)|^hub\/page\/(?!dist(\/|$))/.test(path);
  cpSync(join(repository, "pair_ls"), join(bundled, "libs/pair_ls"), {
    recursive: true, filter: (source) => !isMade(relative(join(repository, "pair_ls"), source)),
  });
}

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

/** A plain zip archive: [name, bytes] pairs in, bytes out. */
function zip(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const encoded = Buffer.from(name);
    const packed = deflateRawSync(bytes, { level: 9 });
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0); header.writeUInt16LE(0x800, 2); header.writeUInt16LE(8, 4); header.writeUInt16LE(0x21, 8);
    header.writeUInt32LE(crc32(bytes), 10); header.writeUInt32LE(packed.length, 14); header.writeUInt32LE(bytes.length, 18);
    header.writeUInt16LE(encoded.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), header, encoded, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), header, tail, encoded);
    offset += 4 + 26 + encoded.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4); end.writeUInt16LE(entries.length, 6); end.writeUInt32LE(central.length, 8); end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from("PK\x05\x06", "latin1"), end]);
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const vsixManifest = `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${manifest.name}" Version="${manifest.version}" Publisher="${manifest.publisher}"/>
    <DisplayName>${escape(manifest.displayName)}</DisplayName>
    <Description xml:space="preserve">${escape(manifest.description)}</Description>
    <Categories>${manifest.categories.join(",")}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${manifest.engines.vscode}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
bundleServer();
const folders = ["media", "bundled"].flatMap((name) => [...files(join(root, name))].map((path) => relative(root, path)));
const packaged = ["package.json", "README.md", "dist/extension.js", ...folders];
const endings = new Set([...packaged, "LICENSE.txt", "extension.vsixmanifest"].map((path) => /\.([A-Za-z0-9]+)$/.exec(path)?.[1].toLowerCase()));
const contentTypes = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[...endings]
  .filter(Boolean)
  .map((name) => `<Default Extension="${name}" ContentType="application/octet-stream"/>`)
  .join("")}</Types>
`;
const entries = [
  ["extension.vsixmanifest", Buffer.from(vsixManifest)],
  ["[Content_Types].xml", Buffer.from(contentTypes)],
  ["extension/LICENSE.txt", readFileSync(join(repository, "LICENSE"))],
  ...packaged.map((path) => [`extension/${path.replaceAll("\\", "/")}`, readFileSync(join(root, path))]),
];
mkdirSync(join(root, "dist"), { recursive: true });
const target = join(root, "dist", `${manifest.name}-${manifest.version}.vsix`);
const archive = zip(entries);
writeFileSync(target, archive);
console.log(`${relative(root, target)}: ${entries.length} files, ${(archive.length / 1e6).toFixed(1)} MB`);
