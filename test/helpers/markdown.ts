/** Takes a Markdown page apart, as far as the tests of the README need it. */

export interface CodeBlock {
  /** `ts`, `sh`, `json`: what stands after the fence. */
  readonly language: string
  readonly text: string
  /** Line of the page on which the code begins, for messages. */
  readonly line: number
  /** Whether only blank lines are between this block and the one before: then it shows what that one printed. */
  readonly followsDirectly: boolean
}

/** Those of a list are indented. */
const fence = /^( *)```(\w+)\n(.*?)^\1```$/gms

export function codeBlocks(page: string): CodeBlock[] {
  let end = -1
  return [...page.matchAll(fence)].map((match) => {
    const [whole, indent = '', language = '', text = ''] = match
    const followsDirectly = end >= 0 && page.slice(end, match.index).trim() === ''
    end = match.index + whole.length
    const line = page.slice(0, match.index).split('\n').length + 1
    return { language, text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), line, followsDirectly }
  })
}

/** What a page says beside its code blocks. */
export const withoutCode = (page: string) => page.replace(fence, '')

/** The cells of the first table after a text, without its head. */
export function tableAfter(page: string, marker: string): string[][] {
  const start = page.indexOf(marker)
  if (start === -1) throw new Error(`the page has no ${marker}`)
  const table = /^\|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(page.slice(start))?.[1]
  if (table === undefined) throw new Error(`no table follows ${marker}`)
  return table
    .trimEnd()
    .split('\n')
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
    )
}

/** What stands in backquotes. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

/** Where a page's links lead, those to other sites left out: `docs/key-page.png`, `#limits`, `docs/deploying.md#mysql`. */
export function localLinks(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((to) => !/^https?:/.test(to))
}

/** What a link's `#` can name in a page: its headings, as GitHub and npm write them. */
export function anchors(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  )
}
