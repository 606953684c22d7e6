/**
 * Programs that are not ours pass descriptors over our streams: through a D-Bus daemon, and to X11 and Wayland servers. The
 * programs of the guide are run as they stand there.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { onEveryNode } from './streams.ts'

/** Waits for the socket file of a server. */
async function there(path: string, server: Running): Promise<void> {
  while (!existsSync(path)) {
    if (server.ended !== undefined) await server.output()
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

async function withBus(use: (env: NodeJS.ProcessEnv, directory: string) => Promise<void>): Promise<void> {
  const directory = tempDir()
  const path = join(directory, 'bus')
  await using daemon = start(['dbus-daemon', '--session', '--nofork', '--nopidfile', `--address=unix:path=${path}`])
  await there(path, daemon)
  await use({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${path},guid=00000000000000000000000000000000` }, directory)
}

withPeer('dbus-daemon', 'through dbus-daemon', () => {
  onEveryNode((node) => {
    it('dbus-native passes 1, 2 and 16 descriptors there and back, with 70,000 bytes', () => withBus(async (env, directory) => {
      expect(await node.program('dbus-native.mjs', [directory], env).output())
        .toEqual(['can pass descriptors true true', '1 true true true', '2 true true true', '16 true true true', 'left open 0', 'end'])
    }))

    it('dbus-next passes descriptors with the override', () => withBus(async (env, directory) => {
      expect(await node.program('dbus-next.mjs', [directory], env).output()).toEqual([
        '1 true true', '2 true true', '16 true true', 'left to the service 19',
      ])
    }))

    it('the programs of the guide do what the guide says', () => withBus(async (env) => {
      expect(await node.recipe('dbus-native', env).output()).toEqual(['/etc/hostname'])
      expect(await node.recipe('dbus-next', env).output()).toEqual(['/etc/hostname'])
    }))
  })
})

/** The content of an Xauthority file that authorizes clients of a display on any host. */
function authority(display: string, cookie: Uint8Array): Buffer {
  const counted = (bytes: Uint8Array | string): Buffer => Buffer.concat([Buffer.from([0, bytes.length]), Buffer.from(bytes)])
  const familyWild = Buffer.from([0xff, 0xff])
  return Buffer.concat([familyWild, ...['', display, 'MIT-MAGIC-COOKIE-1', cookie].map(counted)])
}

withPeer('Xvfb', 'with an X server', () => {
  onEveryNode((node) => {
    it('x11 shares memory in both directions, as the guide says', async () => {
      const XAUTHORITY = join(tempDir(), 'authority')
      const cookie = randomBytes(16)
      writeFileSync(XAUTHORITY, authority('', cookie))
      await using server = start(['Xvfb', '-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp', '-auth', XAUTHORITY])
      const display = await server.line(/^\d+$/)
      writeFileSync(XAUTHORITY, authority(display, cookie))
      expect(await node.recipe('x11', { DISPLAY: `:${display}`, XAUTHORITY }).output()).toEqual(['true'])
    })
  })
})

withPeer('weston', 'with a Wayland compositor', () => {
  onEveryNode((node) => {
    it('a program shares memory, as the guide says', async () => {
      const directory = tempDir()
      const env = { XDG_RUNTIME_DIR: directory, WAYLAND_DISPLAY: 'wayland-test' }
      await using compositor = start(['weston', '--backend=headless-backend.so', '--socket=wayland-test', '--width=64', '--height=64'], env)
      await there(join(directory, 'wayland-test'), compositor)
      expect(await node.recipe('wayland', env).output()).toEqual(['wl_compositor true', 'the buffer is shared'])
      // The compositor has our descriptor: with one that it cannot map it refuses, and hangs up.
      const wrong = node.recipe('wayland', env, (text) => text.replace('[file]', '[openSync(\'/dev/null\')]'))
      expect(await wrong.exit()).toBe(1)
      expect(wrong.stderr).toMatch(/the compositor refused: failed mmap|ECONNRESET|EPIPE/)
      expect(wrong.lines).toEqual(['wl_compositor true'])
    })
  })
})
