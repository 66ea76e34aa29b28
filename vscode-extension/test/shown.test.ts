import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../src/command_names.js";
import { readableOn, safeColor, translucent } from "../src/colors.js";
import { linkOfUri, problemWith } from "../src/links.js";
import { ParticipantsView, describe } from "../src/participants_view.js";
import { type Participant, type Status, initializationOptions } from "../src/protocol.js";
import { statusDetails, statusText } from "../src/status_bar.js";

const status: Status = {
  summary: "", state: "connected", since: 1, roomId: "r", roomName: "café", role: "editor", unacknowledged: 0, repairedDrifts: 0,
  participants: 3, invite: null, page: null, fileCount: 0, waiting: [], completion: null,
};
const ada: Participant = { participantId: "a", name: "Ada", role: "editor", color: "#3366ff", self: false, uri: "file:///x/main.py", path: "main.py", line: 11 };

test("the status bar says the room, who is there, and what is not safe yet", () => {
  assert.equal(statusText(status), "$(broadcast) café 3");
  assert.equal(statusText({ ...status, unacknowledged: 2 }), "$(broadcast) café 3 · 2 not saved yet");
  assert.equal(statusText({ ...status, state: "offline" }), "$(warning) café 3 · offline");
  assert.equal(statusText({ ...status, state: "none" }), "$(person-add) Pair");
});

test("files that are not in step are counted, and named with the reason", () => {
  const behind: Status = { ...status, summary: "connected.", waiting: [{ path: "big.bin", reason: "it is not text" }] };
  assert.equal(statusText(behind), "$(broadcast) café 3 · 1 not in step");
  assert.equal(statusDetails(behind), "connected.\nbig.bin: it is not text");
});

test("a participant is described by role and place, lines counted from one", () => {
  assert.equal(describe(ada), "editor · main.py:12");
  assert.equal(describe({ ...ada, line: null }), "editor · main.py");
  assert.equal(describe({ ...ada, path: null }), "editor");
});

test("you come first, the others by name, and only the others can be visited", () => {
  const view = new ParticipantsView();
  view.show([{ ...ada, name: "Zoë", participantId: "z" }, ada, { ...ada, name: "Mia", participantId: "m", self: true }]);
  const items = view.getChildren().map((participant) => view.getTreeItem(participant));
  assert.deepEqual(items.map((item) => item.label), ["Mia (you)", "Ada", "Zoë"]);
  assert.equal(items[0]?.command, undefined);
  assert.deepEqual((items[1]?.command as { arguments: unknown[] }).arguments, [ada]);
});

test("a colour that is more than a colour never reaches a style", () => {
  assert.equal(safeColor("red; background: url(x)"), "#808080");
  assert.equal(translucent("#ff0080", 0.25), "rgba(255, 0, 128, 0.25)");
  assert.match(translucent("nonsense", 0.25), /128, 128, 128/);
  assert.deepEqual([readableOn("#ffff00"), readableOn("#000080")], ["#000000", "#ffffff"]);
});

test("a link is checked before the server is asked", () => {
  assert.equal(problemWith(" http://127.0.0.1:8000/r/abc_DEF-1#token "), undefined);
  assert.match(problemWith("abc") ?? "", /not a link/);
  assert.match(problemWith("ftp://host/r/abc") ?? "", /http/);
  assert.match(problemWith("https://host/other") ?? "", /no room/);
});

test("a vscode:// address carries a link and nothing else", () => {
  assert.equal(linkOfUri("/join", "link=https%3A%2F%2Fhub%2Fr%2Fabc%23tok"), "https://hub/r/abc#tok");
  assert.equal(linkOfUri("/join", "link=javascript%3Aalert(1)"), undefined);
  assert.equal(linkOfUri("/other", "link=https%3A%2F%2Fhub%2Fr%2Fabc"), undefined);
});

test("completion that does not work is said in the status bar, one that works is not", () => {
  const text = (kind: "Normal" | "Error"): string => statusText({ ...status, completion: { summary: "The endpoint does not answer.", kind } });
  assert.equal(text("Normal"), "$(broadcast) café 3");
  assert.equal(text("Error"), "$(broadcast) café 3 · completion $(warning)");
});

test("a folder that is not trusted does not choose its room", () => {
  assert.deepEqual(initializationOptions(false), { pair: { cursors: true, status: true, applyEdit: false, trustsFolders: false } });
});

test("every command of the palette is one that is registered", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { contributes: { commands: { command: string }[] } };
  assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), [...COMMANDS, "pairLs.restartServer"].sort());
});
