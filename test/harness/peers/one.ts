/**
 * Runs the attacks whose name has a word in it, once: `one.ts WORD [handle|thread] [SCALE]`.
 * @module
 */
import { stopAll } from '../../support/running.ts'
import { trouble } from './attack.ts'
import { attacks, rootAttacks } from './attacks.ts'

const [word = '', readiness, scale = '1'] = process.argv.slice(2)
for (const attack of [...attacks, ...rootAttacks].filter(({ name }) => name.includes(word))) {
  for (const way of readiness === undefined ? ['handle', 'thread'] : [readiness]) {
    const begin = Date.now()
    const { complaints, result } = await trouble(attack, way, Number(scale))
    console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${way} ${attack.name} (${Date.now() - begin} ms) ${JSON.stringify(result?.usage)} ${JSON.stringify(result?.healthy)}`)
    for (const complaint of complaints) console.log('     ', complaint.slice(0, 600))
  }
}
await stopAll()
