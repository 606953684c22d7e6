/**
 * Logs two lines through winston and winston-syslog.
 *
 *   winston-syslog.mjs PROJECT PROTOCOL PATH
 */
import { createRequire } from 'node:module'

const [, , project, protocol, path] = process.argv
const require = createRequire(`${project}/`)
const winston = require('winston')
const { Syslog } = require('winston-syslog')

const transport = new Syslog({ protocol, path, app_name: 'drop-in' })
const logger = winston.createLogger({ levels: winston.config.syslog.levels, transports: [transport] })
logger.warning('one')
logger.error('two')
// It closes the transport, and so its socket, which keeps the process alive until then.
logger.end()
