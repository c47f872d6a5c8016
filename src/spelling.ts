import leven from 'leven'

const longestName = 40

/** A name that somebody wrote, as messages show it: cut where it is so long that it may be a token in the wrong place. */
export function showName(written: string): string {
  return written.length <= longestName ? written : `${written.slice(0, 11)}...`
}

/** Ends a sentence about an unknown name: `"relm"; did you mean "realm"? It takes realm, optional.` */
export function misspelt(written: string, known: readonly string[]): string {
  return `${JSON.stringify(showName(written))}${hintOf(written, known)} It takes ${known.join(', ')}.`
}

/** Ends a sentence: `; did you mean "realm"?`, or with a point where nothing known is like it. */
export function hintOf(written: string, known: readonly string[]): string {
  const guess = written.length <= longestName ? nearest(written, known) : undefined
  return guess === undefined ? '.' : `; did you mean ${JSON.stringify(guess)}?`
}

function nearest(written: string, known: readonly string[]): string | undefined {
  const [best] = known.map((name) => ({ name, distance: leven(written, name) })).sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined
}
