/** Where a page speaks of the command line: `keystile <command> --option`. */
import { codeBlocks, codeIn, withoutCode } from './markdown.js'

export interface NamedCommand {
  /** What the page says, for messages. */
  readonly text: string
  /** undefined: `keystile` alone, or with options of the whole program. */
  readonly command: string | undefined
  readonly options: readonly string[]
}

/** One after the other, those in code blocks of a shell and those within the text. */
export function commandsIn(page: string): NamedCommand[] {
  const blocks = codeBlocks(page).filter(({ language }) => language === 'sh')
  return [...blocks.map(({ text }) => text), ...codeIn(withoutCode(page))].flatMap(statementsIn).flatMap(commandOf)
}

/** What stands between pipes, redirections and ends of lines. Quoted text is data: it becomes a word of its own. */
function statementsIn(shell: string): string[] {
  return shell
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/"[^"]*"|'[^']*'/g, (quoted) => (quoted.includes('$(') ? quoted.slice(1, -1) : 'QUOTED'))
    .replaceAll(/(^|\s)#.*$/gm, '')
    .split(/[|;&<>()\n]+/)
    .map((statement) => statement.trim())
}

function commandOf(text: string): NamedCommand[] {
  const rest = /^(?:[A-Z_]+=\S*\s+)*(?:npx\s+)?keystile(?:\s+(.*))?$/.exec(text)
  if (!rest) return []
  const words = (rest[1] ?? '').split(/\s+/).filter((word) => word !== '')
  const command = words[0]?.startsWith('-') ? undefined : words[0]
  const options = words.filter((word) => word.startsWith('--') && word !== '--').map((word) => word.replace(/=.*/, ''))
  return [{ text, command, options }]
}
