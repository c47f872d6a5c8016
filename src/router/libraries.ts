import { createRequire } from 'node:module'

/**
 * What routers alone take, loaded with the first one and at once: most apps have none, and zod is a hundred files.
 * Inside of the functions, since a bundle in CommonJS has no URL of its own to begin with.
 */
export const loadZod = () => createRequire(import.meta.url)('zod') as typeof import('zod')

export const loadBodyParser = () => createRequire(import.meta.url)('body-parser') as typeof import('body-parser')
