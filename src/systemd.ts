/**
 * `cmsg/systemd`: communication between a service and the service manager: passed descriptors, notifications, the watchdog and the
 * journal.
 * @module cmsg/systemd
 */
export { openJournal, type Journal, type JournalOptions } from './systemd/journal.ts'
export type { JournalFields, JournalValue } from './systemd/journal-entry.ts'
export { ListenFd, listenFds } from './systemd/listen-fds.ts'
export { notify, type NotifyOptions, type NotifyState, type NotifyValue } from './systemd/notify.ts'
export { watchdog, type Watchdog } from './systemd/watchdog.ts'
