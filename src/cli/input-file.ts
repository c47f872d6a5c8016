import { readFile } from 'node:fs/promises'
import { Failure, misuse } from './failure.js'

/**
 * The text of a file, or of stdin where none is named, or `-`.
 * @throws Failure where it can't be read, or is no UTF-8
 */
export async function readInput(file: string | undefined): Promise<string> {
  const bytes = file === undefined || file === '-' ? await readStdin() : await readBytes(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure(
      'unreadable',
      'The rows are no UTF-8 text. PowerShell writes UTF-16 where ">" is used: set the encoding.'
    )
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw misuse(`There is no file ${file}.`)
    throw new Failure('unreadable', `${file} can't be read (${code}).`)
  }
}

async function readStdin(): Promise<Buffer> {
  if (process.stdin.isTTY) throw misuse('Name a file with the rows, or pipe them in: keystile import rows.json')
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
