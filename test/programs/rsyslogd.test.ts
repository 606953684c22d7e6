/**
 * rsyslogd writes down the credentials it was sent.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MessageSocket, credentials } from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'
import { idle, start, tempDir } from '../support/processes.ts'

withPeer(['rsyslogd', 'root'], 'rsyslogd', () => {
  it('annotates a message with exactly the explicit credentials', async () => {
    const directory = tempDir()
    const path = join(directory, 'in.sock')
    const options = 'UsePIDFromSystem="on" Annotate="on" UseSysTimeStamp="on" useSpecialParser="off" parseHostname="off"'
    writeFileSync(join(directory, 'r.conf'), `
global(workDirectory="${directory}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${path}" ${options} IgnoreOwnMessages="off")
template(name="t" type="string" string="%rawmsg%\\n")
*.* action(type="omfile" file="${directory}/out.log" template="t")
`)
    await using daemon = start(['/usr/sbin/rsyslogd', '-n', '-f', join(directory, 'r.conf'), '-i', join(directory, 'pid')])
    await using other = idle()
    const log = join(directory, 'out.log')
    while (!existsSync(path)) {
      if (daemon.ended !== undefined) await daemon.output()
      await after(10)
    }
    await using client = await MessageSocket.connect(path, { type: 'datagram' })
    await client.send('<13>tag: implicit')
    await client.send('<13>tag: explicit', { control: [credentials({ pid: other.pid, uid: 4242, gid: 4343 })] })
    const lines = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').filter((line) => line.includes('plicit'))
    while (lines().length < 2) await after(10)
    const [implicit, explicit] = lines()
    expect(implicit).toMatch(new RegExp(`implicit.*_PID=${process.pid} _UID=${process.getuid!()} _GID=${process.getgid!()}\\b`))
    expect(explicit).toMatch(new RegExp(`explicit.*_PID=${other.pid} _UID=4242 _GID=4343\\b`))
  })
})
