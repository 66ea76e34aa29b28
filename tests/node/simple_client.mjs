// The JavaScript example of docs/protocol.md, as printed, with one who types. Arguments: the example as a module, room,
// token. It adds a line to what it is shown first, and leaves when it is shown "bye". Each line of stdout: {code, who}.
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // node has it from 22 on
const [example, room, token] = process.argv.slice(2);
const { join } = await import(example);
let has_typed = false;
const client = join(room, token, (code, who) => {
  console.log(JSON.stringify({ code, who }));
  if (!has_typed) {
    has_typed = true;
    client.type(code + "é😀\n", code.length + 4);
  }
  if (code.includes("bye")) client.leave();
});
