const context = 3

interface Line {
  readonly sign: ' ' | '+' | '-'
  readonly text: string
}

/** A unified diff of a text into which lines were inserted, as `git apply` takes it. `before` is undefined for a new file. */
export function diffOf(name: string, before: string | undefined, after: string): string {
  const lines = compared(linesOf(before ?? ''), linesOf(after))
  const hunks = hunksOf(lines).map(([from, to]) => hunk(lines, from, to))
  return [`--- ${before === undefined ? '/dev/null' : `a/${name}`}\n`, `+++ b/${name}\n`, ...hunks].join('')
}

/** Each with its line break. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** All lines before are among those after, in order: so the first that fits is the right one. */
function compared(before: readonly string[], after: readonly string[]): Line[] {
  let at = 0
  return after.flatMap((text): Line[] => {
    const old = before[at]
    if (text === old) {
      at++
      return [{ sign: ' ', text }]
    }
    if (old !== undefined && at === before.length - 1 && text.trimEnd() === old && !old.endsWith('\n')) {
      at++
      return [
        { sign: '-', text: old },
        { sign: '+', text }
      ]
    }
    return [{ sign: '+', text }]
  })
}

/** Where changes are, with what is around them; those that are near are one. */
function hunksOf(lines: readonly Line[]): [number, number][] {
  const hunks: [number, number][] = []
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue
    const [from, to] = [Math.max(index - context, 0), Math.min(index + context + 1, lines.length)]
    const last = hunks.at(-1)
    if (last && from <= last[1]) last[1] = to
    else hunks.push([from, to])
  }
  return hunks
}

function hunk(lines: readonly Line[], from: number, to: number): string {
  const shown = lines.slice(from, to)
  const count = (among: readonly Line[], without: Line['sign']) => among.filter(({ sign }) => sign !== without).length
  const range = (without: Line['sign']) => {
    const length = count(shown, without)
    return `${count(lines.slice(0, from), without) + (length === 0 ? 0 : 1)},${length}`
  }
  return `@@ -${range('+')} +${range('-')} @@\n${shown.map(({ sign, text }) => `${sign}${whole(text)}`).join('')}`
}

const whole = (line: string): string => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`)
