// Relative positions made and resolved by stock Yjs in random sessions. Arguments: seed, sessions.
// Last line of stdout: sessions of steps {update} or {text, made: [[index, assoc, position]], resolved: [[position, index]]}.
import * as Y from 'yjs'

let seed = Number(process.argv[2])
const sessions = Number(process.argv[3])
const random = below => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >>> 8) % below
}
const pick = list => list[random(list.length)]
const hex = bytes => Buffer.from(bytes).toString('hex')
const ALPHABETS = [['a', 'b', '\n'], ['a', 'b', 'é', '\n'], ['a', 'é', '漢', '😀', '\u0301', '\n']]

const whole = (text, index) => {
  const code = text.toString().charCodeAt(index)
  return code >= 0xdc00 && code <= 0xdfff ? index - 1 : index
}

const play = alphabet => {
  const steps = []
  const all = new Y.Doc()
  const shared = all.getText('content')
  const kept = []
  const clients = [0, 1, 2].map(() => {
    const doc = new Y.Doc()
    doc.clientID = 0x1000 + random(0x7fffff00)
    return { doc, text: doc.getText('content'), inbox: [] }
  })
  for (const client of clients) {
    client.doc.on('update', (update, origin) => {
      if (origin === 'remote') return
      steps.push({ update: hex(update) })
      Y.applyUpdate(all, update)
      for (const other of clients) if (other !== client) other.inbox.push(update)
    })
  }
  const look = () => {
    const made = []
    for (let n = 0; n < 4; n++) {
      const index = whole(shared, random(shared.length + 1))
      for (const assoc of [0, -1]) {
        const position = JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(shared, index, assoc)))
        kept.push(position)
        made.push([index, assoc, position])
      }
    }
    const resolved = Array.from({ length: 12 }, () => pick(kept)).map(position => [
      position, Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), all, false)?.index ?? null
    ])
    steps.push({ text: shared.toString(), made, resolved })
  }
  for (let step = 0; step < 100; step++) {
    const { doc, text, inbox } = pick(clients)
    const chance = random(10)
    if (chance < 6) text.insert(whole(text, random(text.length + 1)), Array.from({ length: 1 + random(5) }, () => pick(alphabet)).join(''))
    else if (chance < 8 && text.length) {
      const start = whole(text, random(text.length))
      const end = whole(text, Math.min(text.length, start + 1 + random(6)))
      if (end > start) text.delete(start, end - start)
    } else while (inbox.length) Y.applyUpdate(doc, inbox.shift(), 'remote')
    if (step % 4 === 0) look()
  }
  return steps
}

const out = []
for (let n = 0; n < sessions; n++) out.push(play(ALPHABETS[n % ALPHABETS.length]))
// ASCII: what reads this splits lines at U+2028 too.
console.log(JSON.stringify(out).replace(/[\u0080-\uffff]/g, unit => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')))
