/**
 * What is done while a call fails. To add a scenario, add a function to a file of scenarios/: it gets a Stage, does
 * something with the public API, and throws where a result is wrong. Everything it makes it gives to `stage.keep`, every
 * operation it starts to `stage.run`. It must pass when nothing fails.
 * @module
 */
import { messages } from './scenarios/messages.ts'
import { sockets } from './scenarios/sockets.ts'
import type { Scenario } from './scenarios/support.ts'

export const scenarios: Readonly<Record<string, Scenario>> = { ...messages, ...sockets }

/** Scenarios of the first wait in a process, where the strategy is still on trial: each needs a process of its own. */
export const onTrial: readonly string[] = [
  'a datagram, waited for', 'messages on two sockets, waited for', 'room at one of two destinations, waited for',
]
