/** Run by processes.test.ts: one use of keystile, and which files Node loaded for it. */
import { appendFileSync } from 'node:fs'
import { register } from 'node:module'

const [, , how = '', url = '', loadedFile = ''] = process.argv

const hook = `import { appendFileSync } from 'node:fs'
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  appendFileSync(${JSON.stringify(loadedFile)}, found.url + '\\n')
  return found
}`
if (loadedFile) register(`data:text/javascript,${encodeURIComponent(hook)}`)

const { createApiKeys } = await import('keystile')
const mark = (text: string) => loadedFile && appendFileSync(loadedFile, `${text}\n`)

async function ownClient(): Promise<object> {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { PrismaClient } = await import('../../src/generated/postgresql/client.js')
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) })
}

const keys = how === 'own client' ? createApiKeys({ prisma: await ownClient() }) : createApiKeys({ url })
mark('created')

if (how !== 'never used') {
  await keys.ready()
  const owner =
    (await keys.findOwner('ada@example.com')) ?? (await keys.ensureOwner({ email: 'ada@example.com' })).owner
  const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
  await keys.verify(token)
}
if (how === 'closed') await keys.close()
if (how === 'own client') process.exit(0)
process.stdout.write('done')
