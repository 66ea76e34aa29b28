// Random sessions of three stock Yjs clients (text, or the index as a map), with undo, redo and garbage collection.
// Arguments: seed, sessions. Last line of stdout: [{kind, log: [[writer, update in hex]], whole, text | entries}]
import * as Y from 'yjs'

let seed = Number(process.argv[2])
const sessions = Number(process.argv[3])
const random = below => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >>> 8) % below
}
const pick = list => list[random(list.length)]
const hex = bytes => Buffer.from(bytes).toString('hex')

/** An index that does not part a surrogate pair, as editors give it. */
const whole = (text, index) => {
  const code = text.toString().charCodeAt(index)
  return code >= 0xdc00 && code <= 0xdfff ? index - 1 : index
}

const typeSomething = ({ text }) => {
  const chance = random(100)
  if (chance < 65 || text.length === 0) {
    text.insert(whole(text, random(text.length + 1)), pick(['a', 'xy', 'é', '😀', '漢\n', 'line\n', 'e\u0301', '\u2028', '\r\n']))
    return
  }
  const start = whole(text, random(text.length))
  const end = whole(text, Math.min(text.length, start + 1 + random(4)))
  if (end > start) text.delete(start, end - start)
}

const changeTheIndex = ({ map }) => {
  const id = pick(['main', 'a-1', 'b_2'])
  if (random(5) === 0) map.delete(id)
  else map.set(id, { path: pick(['é.py', 'src/a.rs', '😀.md']), language: pick(['python', 'rust']) })
}

const play = kind => {
  const log = []
  const clients = [0, 1, 2].map(() => {
    const doc = new Y.Doc()
    doc.clientID = 0x1000 + random(0x7fffff00)
    const text = kind === 'text' ? doc.getText('content') : null
    const map = kind === 'text' ? null : doc.getMap('documents')
    return { doc, text, map, undo: new Y.UndoManager(text ?? map, { captureTimeout: 0 }), inbox: [] }
  })
  clients.forEach((client, writer) => client.doc.on('update', (update, origin) => {
    if (origin === 'remote') return
    log.push([writer, hex(update)])
    for (const other of clients) if (other !== client) other.inbox.push(update)
  }))
  const hear = client => { while (client.inbox.length) Y.applyUpdate(client.doc, client.inbox.shift(), 'remote') }
  for (let step = 0; step < 90; step++) {
    const client = pick(clients)
    const chance = random(100)
    if (chance < 70) client.doc.transact(() => { for (let n = 1 + random(3) % 2; n > 0; n--) (kind === 'text' ? typeSomething : changeTheIndex)(client) })
    else if (chance < 76) client.undo.undo()
    else if (chance < 80) client.undo.redo()
    else hear(client)
  }
  clients.forEach(hear)
  const { doc, text, map } = clients[0]
  return { kind, log, whole: hex(Y.encodeStateAsUpdate(doc)), text: text?.toString(), entries: map?.toJSON() }
}

const out = []
for (let n = 0; n < sessions; n++) out.push(play(n % 8 === 7 ? 'index' : 'text'))
// ASCII: what reads this splits lines at U+2028 too.
console.log(JSON.stringify(out).replace(/[\u0080-\uffff]/g, unit => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')))
