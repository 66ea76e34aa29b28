// hocuspocus on the environment's PORT; run with its installation as the working directory. With DB, the database
// extension with the statements of its own SQLite extension, on node's sqlite (better-sqlite3 is not built for node 22).
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.cwd()}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name).replace(".cjs", ".esm.js")).href);
const { Server } = await load("@hocuspocus/server");
const extensions = [];
if (process.env.DB) {
  const { Database } = await load("@hocuspocus/extension-database");
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(process.env.DB);
  database.exec('CREATE TABLE IF NOT EXISTS "documents" ("name" varchar(255) NOT NULL, "data" blob NOT NULL, UNIQUE(name))');
  const select = database.prepare('SELECT data FROM "documents" WHERE name = ? ORDER BY rowid DESC');
  const upsert = database.prepare(
    'INSERT INTO "documents" ("name", "data") VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET data = excluded.data',
  );
  extensions.push(
    new Database({
      fetch: async ({ documentName }) => select.get(documentName)?.data ?? null,
      store: async ({ documentName, state }) => void upsert.run(documentName, state),
    }),
  );
}
await new Server({ port: Number(process.env.PORT), address: "127.0.0.1", quiet: true, extensions }).listen();
