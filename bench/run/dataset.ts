/** What a child process is told of its database: the tokens are too many for a command line, so they lie in a file. */
import { readFileSync } from 'node:fs'
import type { TargetDatabase } from '../target.js'

export interface Dataset {
  readonly url: string
  readonly rows: number
  /** One token a line; the first `tokens` of them are those of the database. */
  readonly tokensFile: string
  readonly tokens: number
}

/** The first so many tokens of the file. */
export function readTokens(file: string, count: number): readonly string[] {
  const tokens = readFileSync(file, 'utf8').split('\n', count)
  if (tokens.length < count) throw new Error(`${file} has ${tokens.length} tokens, not ${count}`)
  return tokens
}

/** @param text JSON of a Dataset */
export function databaseOf(text: string | undefined): TargetDatabase {
  const { url, rows, tokensFile, tokens } = JSON.parse(text ?? '') as Dataset
  return { url, rows, tokens: readTokens(tokensFile, tokens) }
}
