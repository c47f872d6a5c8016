/** docs/own-prisma-client.md: its table of names is that of the code. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { keyModels } from '../../src/prisma-store/key-models.js'
import { codeIn, tableAfter } from '../helpers/markdown.js'

const page = readFileSync(new URL('../../docs/own-prisma-client.md', import.meta.url), 'utf8')

test('the models and fields that can be named are all there', () => {
  const shown = tableAfter(page, 'What is left out has its usual name').map((row) => row.map(codeIn))
  const named = (model: string) => (model === 'User' ? 'owner' : `a${model.slice(1)}`)
  const known = Object.entries(keyModels).map(([model, fields]) => [[named(model)], [model], Object.keys(fields)])
  expect(shown.sort()).toEqual(known.sort())
})
