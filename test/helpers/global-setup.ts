/** One real PostgreSQL for the whole run; test files make databases of their own on it (databases.ts). */
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../scripts/postgres-server.js'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgresUrl', server.url)
  return () => server.stop()
}
