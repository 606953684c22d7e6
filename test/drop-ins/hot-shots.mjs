/**
 * hot-shots over a Unix socket, in one of the ways that its users have.
 *
 *   hot-shots.mjs PROJECT PATH SCENARIO
 */
import { createRequire } from 'node:module'
import { setTimeout as after } from 'node:timers/promises'

const [, , project, path, scenario] = process.argv
const { StatsD } = createRequire(`${project}/`)('hot-shots')
const report = (error) => (error ? `${error.code} ${error.message}` : 'sent')
const make = (options = {}) => new StatsD({ protocol: 'uds', path, cacheDns: false, maxBufferSize: 0, includeDatadogTelemetry: false, ...options })
const close = (client) => new Promise((resolve, reject) => { client.close((error) => (error ? reject(error) : resolve())) })

const scenarios = {
  async plain() {
    const client = make()
    await new Promise((resolve) => { client.increment('plain', 1, ['tag:a'], (error) => { console.log(report(error)); resolve() }) })
    client.gauge('without.callback', 2)
    await close(client)
  },

  async buffered() {
    const client = make({ maxBufferSize: 500, bufferFlushInterval: 100_000 })
    for (let i = 0; i < 100; i++) client.increment(`buffered.${i}`)
    // What is in its buffer goes at close.
    await close(client)
  },

  // The agent is stopped: its queue is full after some, which are tried again until it goes on.
  async congested() {
    const client = make({ udsRetryOptions: { retries: 100, retryDelayMs: 20, maxRetryDelayMs: 20 } })
    const results = Array.from({ length: 40 }, (_, i) => new Promise((resolve) => { client.increment(`congested.${i}`, (error) => resolve(report(error))) }))
    console.log('waiting', client.messagesInFlight > 0)
    console.log([...new Set(await Promise.all(results))].join(', '))
    await close(client)
  },

  // And without retries it is told.
  async refused() {
    const client = make({ udsRetryOptions: { retries: 0 } })
    const results = []
    for (let i = 0; i < 40; i++) client.increment(`refused.${i}`, (error) => { results.push(report(error)) })
    console.log([...new Set(results)].join(', '))
    client.socket.on('error', (error) => console.log('event', error.code))
    client.increment('refused.event')
    await close(client)
  },

  async restarted() {
    const client = make({ udsGracefulRestartRateLimit: 1, errorHandler: () => {} })
    for (let last, i = 0; !last?.startsWith('sent again'); i++) {
      const result = await new Promise((resolve) => { client.increment(`restarted.${i}`, (error) => resolve(report(error))) })
      const now = result === 'sent' && last !== undefined && last !== 'sent' ? 'sent again' : result
      if (now !== last) console.log(now)
      last = now
      await after(20)
    }
    await close(client)
  },

  // Nobody is there: the connect of the constructor throws within it.
  async absent() {
    const client = make({ errorHandler: (error) => console.log('handler', report(error)) })
    client.increment('absent', (error) => console.log('callback', report(error)))
    await after(0)
  },

  // The process ends in the same breath.
  exit() {
    const client = make()
    for (let i = 0; i < 5; i++) client.increment(`exit.${i}`)
    process.exit(0)
  },
}

await scenarios[scenario]()
console.log('end')
