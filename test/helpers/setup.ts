/** Run for each test file, in the worker that runs it. */
import { afterAll } from 'vitest'
import { cleanUp } from './after-each-file.js'

afterAll(cleanUp)
