/** The rules of the tree itself, where no linter has them. Each test lists what breaks its rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codeOf, type SourceFile, sourceFiles } from './helpers/source-tree.js'

const longest = 250

const files = ['src', 'test', 'example-app', 'bench/targets', 'bench/prisma'].flatMap(sourceFiles)

/** `src/token.ts:12: the line`, for each line of these files that matches. */
function linesWith(pattern: RegExp, among: readonly SourceFile[], read = (line: string) => line): string[] {
  return among.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(read(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : []))
  )
}

test(`no file has more than ${longest} lines that are not blank`, () => {
  const lengths = files.map(({ path, text }) => ({
    path,
    lines: text.split('\n').filter((line) => line.trim() !== '').length
  }))
  expect(lengths.filter(({ lines }) => lines > longest)).toEqual([])
})

test('no note of work to be done is left', () => {
  expect(linesWith(/\b(TO[D]O|FIX[M]E|XX[X])\b/, files)).toEqual([])
})

test('nothing is typed away', () => {
  expect(linesWith(/@ts-(ignore|nocheck)\b/, files)).toEqual([])
  expect(linesWith(/(?:[:<|&=]|\bas)\s*any\s*(?:[,;)>\]|&=[]|$)/, files, codeOf)).toEqual([])
})

test('only the command line writes to the console', () => {
  const library = files.filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/cli/'))
  expect(linesWith(/\bconsole\b\s*[.[]/, library, codeOf)).toEqual([])
})

test('what workflows use is named by its commit: a tag may be moved', () => {
  const folder = new URL('../.github/workflows/', import.meta.url)
  const workflows = readdirSync(folder).map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }))
  expect(linesWith(/\buses:/, workflows).length).toBeGreaterThanOrEqual(4)
  expect(linesWith(/\buses:(?! actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/, workflows)).toEqual([])
})
