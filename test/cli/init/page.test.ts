/** docs/existing-app.md leaves out no option, and is the one place of its steps. That what it names is there: docs/pages.test.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Output } from '../../../src/cli/output.js'
import { buildProgram } from '../../../src/cli/program.js'
import { root } from '../../helpers/built-package.js'

const page = readFileSync(join(root, 'docs/existing-app.md'), 'utf8')
const ours = ['init', 'triggers', 'eject']
const commands = buildProgram(new Output(false)).commands

test('it names every option of the three commands, and no other', () => {
  const options = commands
    .filter((command) => ours.includes(command.name()))
    .flatMap((command) => command.options.map(({ long }) => long))
  const ofOthers = ['--create-only', '--name', '--env-file']
  const named = [...page.matchAll(/--[a-z]+(?:-[a-z]+)*/g)].map(([option]) => option)
  expect([...new Set(named)].filter((option) => !ofOthers.includes(option)).sort()).toEqual(
    [...new Set(options)].sort()
  )
})

test('the commands that bring keystile in are the same everywhere, and in one page alone beside the README', () => {
  const stepsIn = (text: string) =>
    text.match(/^ *npx (keystile (init|triggers)|prisma (migrate|generate))[^#\n]*/gm) ?? []
  const steps = (name: string) => stepsIn(readFileSync(join(root, name), 'utf8')).map((line) => line.trim())
  expect(steps('docs/existing-app.md')).toHaveLength(5)
  expect(steps('README.md')).toEqual(expect.arrayContaining(steps('docs/existing-app.md')))
  expect(steps('docs/own-prisma-client.md')).toEqual([])
})

test('the config file of the command line is a step of its own, and that an app reads no .env is said', () => {
  expect(page).toMatch(/^## 4\. The command line: `keystile\.config\.ts`$/m)
  expect(page).toContain('node --env-file=.env')
  expect(page).toContain("import 'dotenv/config'")
})
