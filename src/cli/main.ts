#!/usr/bin/env node
import { run } from './run.js'

// What goes wrong here is told once, as the command's own error.
process.removeAllListeners('warning')
// A config file may have opened connections that are not ours to close: they would hold the process.
process.exit(await run(process.argv.slice(2)))
