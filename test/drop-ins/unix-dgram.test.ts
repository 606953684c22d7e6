/**
 * The tests of unix-dgram itself, unchanged, and those of winston-syslog, which uses it. They are in one file because they
 * use one pathname: /tmp/unix_dgram.sock.
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { onEveryNode, project } from './drop-ins.ts'

onEveryNode('unix-dgram', (node) => {
  const directory = join(project, 'unix-dgram')

  it('passes its own tests', async () => {
    const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { scripts: { test: string } }
    // node test/a.js && node test/b.js
    const files = scripts.test.split(' && ').map((command) => command.split(' ')[1]!)
    expect(files.toSorted()).toEqual(readdirSync(join(directory, 'test')).map((name) => `test/${name}`).toSorted())
    for (const file of files) {
      const test = node.run([join(directory, file)])
      await test.output()
      // Neither ours nor Node's, such as that require() of an ES module is an experiment.
      expect(test.stderr).not.toMatch(/warning/i)
    }
  })

  it('lets tests of programs replace its functions', async () => {
    const program = `'use strict'
      const unix = require('unix-dgram')
      const { createSocket } = unix
      unix.createSocket = () => 'replaced'
      console.log(require('unix-dgram').createSocket())
      unix.createSocket = createSocket
      import('unix-dgram').then((imported) => {
        const names = Object.keys(imported)
        console.log(names.length === Object.keys(unix).length && names.every((name) => imported[name] === unix[name]))
      })`
    const file = join(project, 'replaces.cjs')
    writeFileSync(file, program)
    expect(await node.run([file]).output()).toEqual(['replaced', 'true'])
  })

  it('lets a library export all of it and more, also to require()', async () => {
    writeFileSync(join(project, 'library.mjs'), "export * from 'unix-dgram'\nexport const createSocket = 'its own', more = 'more'\n")
    const file = join(project, 'requires-library.cjs')
    writeFileSync(file, `const { createSocket, more, rights } = require('./library.mjs')
      console.log(createSocket, more, typeof rights)`)
    expect(await node.run([file]).output()).toEqual(['its own more function'])
  })
})

onEveryNode('winston-syslog', (node) => {
  const vows = async (file: string): Promise<{ honored: number; broken: string[] }> => {
    const test = node.run([join(project, 'node_modules/vows/bin/vows'), join(project, 'node_modules/winston-syslog/test', file), '--spec'])
    await test.exit()
    const text = test.lines.join('\n')
    expect(text).toMatch(/ honored/)
    return {
      honored: Number(/(\d+) honored/.exec(text)![1]), broken: [...text.matchAll(/✗ (?!Broken)(.*)/g)].map(([, what]) => what!.trim()),
    }
  }

  it('passes its tests of Unix sockets', async () => {
    expect(await vows('unix-connect-test.js')).toEqual({ honored: 4, broken: [] })
  })

  it('passes its other tests, which use UDP', async () => {
    expect(await vows('format-test.js')).toEqual({ honored: 5, broken: [] })
    expect(await vows('message-test.js')).toEqual({ honored: 2, broken: [] })
    // It looks at socket._handle of node:dgram, which Node 26 does not have any more.
    const broken = node.name === 'node26' ? ['closes the socket'] : []
    expect(await vows('syslog-test.js')).toEqual({ honored: 6 - broken.length, broken })
  })

  withPeer('rsyslogd', 'to rsyslogd', () => {
    it.each(['unix', 'unix-connect'])('logs by the protocol %s', async (protocol) => {
      const directory = tempDir()
      const [socket, log] = [join(directory, 'log.sock'), join(directory, 'out.log')]
      writeFileSync(join(directory, 'rsyslog.conf'), `
        global(workDirectory="${directory}")
        module(load="imuxsock" SysSock.Use="off")
        input(type="imuxsock" Socket="${socket}" IgnoreOwnMessages="off")
        template(name="t" type="string" string="%syslogfacility-text%.%syslogseverity-text% %msg%\\n")
        *.* action(type="omfile" file="${log}" template="t")
      `)
      await using _daemon = start(['/usr/sbin/rsyslogd', '-n', '-f', join(directory, 'rsyslog.conf'), '-i', join(directory, 'pid')])
      await until(() => readdirSync(directory).includes('log.sock'))
      await node.run([join(import.meta.dirname, 'winston-syslog.mjs'), project, protocol, socket]).output()
      await until(() => readdirSync(directory).includes('out.log') && readFileSync(log, 'utf8').split('\n').length === 3)
      expect(readFileSync(log, 'utf8')).toMatch(/^local0\.warning .*drop-in\[\d+\]: .*"one".*\nlocal0\.err .*drop-in\[\d+\]: .*"two".*\n$/)
    })
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}
