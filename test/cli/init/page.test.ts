/** docs/existing-app.md says what is so: its commands and options are there, its code compiles, its links lead somewhere. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Output } from '../../../src/cli/output.js'
import { buildProgram } from '../../../src/cli/program.js'
import { compile, linkedProject, root, writeFiles } from '../../helpers/built-package.js'
import { codeBlocks, localLinks } from '../../helpers/markdown.js'

const page = readFileSync(join(root, 'docs/existing-app.md'), 'utf8')
const ours = ['init', 'triggers', 'eject']
const commands = buildProgram(new Output(false)).commands

test('it names every option of the three commands, and no other', () => {
  const options = commands
    .filter((command) => ours.includes(command.name()))
    .flatMap((command) => command.options.map(({ long }) => long))
  const ofPrisma = ['--create-only', '--name']
  const named = [...page.matchAll(/--[a-z]+(?:-[a-z]+)*/g)].map(([option]) => option)
  expect([...new Set(named)].filter((option) => !ofPrisma.includes(option)).sort()).toEqual(
    [...new Set(options)].sort()
  )
})

test('the commands that it runs are there', () => {
  const names = [...page.matchAll(/npx keystile ([a-z]+)/g)].map(([, name]) => name)
  expect([...new Set(names)].filter((name) => ours.includes(name ?? ''))).toEqual(ours)
})

test('its code compiles', { timeout: 60_000 }, async () => {
  const project = linkedProject()
  const given = `declare const app: import('express').Express\ndeclare const prisma: object\n`
  const code = codeBlocks(page).filter(({ language }) => language === 'ts')
  expect(code.length).toBeGreaterThan(0)
  for (const { line, text } of code) writeFiles(project, { [`line-${line}.mts`]: given + text })
  expect(await compile(project, 'typescript', { skipLibCheck: true, noPropertyAccessFromIndexSignature: false })).toBe(
    ''
  )
})

test('what it links to is there', () => {
  expect(localLinks(page).filter((path) => !existsSync(join(root, 'docs', path.replace(/#.*/, ''))))).toEqual([])
})
