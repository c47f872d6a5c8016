/** Files are written all or none, whatever comes in between. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeAll } from '../../../src/cli/init/write.js'
import { freshFolder, writeFiles } from '../../helpers/built-package.js'
import { read } from '../../helpers/prisma-project.js'
import { root, start } from '../run-keystile.js'

test('where a second file can not be written, the first is put back', () => {
  const folder = freshFolder()
  const path = join(folder, 'a.prisma')
  writeFileSync(path, 'before')
  const change = { path, before: 'before', after: 'after' }
  const second = { path: join(folder, 'made/for/b.prisma'), before: undefined, after: 'b' }
  const failing = { path: join(folder, 'a.prisma/c.prisma'), before: undefined, after: 'c' }
  expect(() => writeAll([change, second, failing])).toThrow(/Nothing was changed/)
  expect(read(folder, 'a.prisma')).toBe('before')
  expect(readdirSync(folder)).toEqual(['a.prisma'])
})

test('what can not be put back is named, with the cause, and the rest is put back', () => {
  const folder = freshFolder()
  const [a, b] = ['a.prisma', 'b.prisma'].map((name) => join(folder, name)) as [string, string]
  writeFiles(folder, { 'a.prisma': 'a', 'b.prisma': 'b' })
  const failing = {
    path: join(folder, 'c.prisma'),
    before: undefined,
    get after(): string {
      rmSync(b)
      writeFiles(folder, { 'b.prisma/in-the-way': '' })
      throw new Error('the disk is full')
    }
  }
  const changes = [a, b].map((path) => ({ path, before: read(path, ''), after: 'after' }))
  const failed = () => writeAll([...changes, failing])
  expect(failed).toThrow(`could not be put back, so see to them yourself: ${b}. the disk is full`)
  expect(read(folder, 'a.prisma')).toBe('a')
})

test('a signal that comes between two files waits until both are written', async () => {
  const folder = freshFolder()
  const script = `import { writeAll } from ${JSON.stringify(join(root, 'dist/cli/init/write.js'))}
    const a = { path: 'a', before: undefined, get after() { process.kill(process.pid, 'SIGINT'); return 'a' } }
    writeAll([a, { path: 'b', before: undefined, after: 'b' }])
    setInterval(() => {}, 1000)`
  const child = start(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)))
  expect({ signal, files: readdirSync(folder) }).toEqual({ signal: 'SIGINT', files: ['a', 'b'] })
})

test('a file that somebody changed in the meantime is left as it is', () => {
  const folder = freshFolder()
  const path = join(folder, 'a.prisma')
  writeFileSync(path, 'theirs')
  expect(() => writeAll([{ path, before: 'before', after: 'after' }])).toThrow(/changed by somebody else/)
  expect(read(folder, 'a.prisma')).toBe('theirs')
})
