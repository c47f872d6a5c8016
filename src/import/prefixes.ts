/** More that differ are no prefixes but the beginnings of secrets. */
const maxPrefixes = 20

/** `sk_` of `sk_AbCd...`. */
const firstSegment = /^[A-Za-z][0-9A-Za-z]{0,31}_/
/** `live_` of `live_AbCd...`. Secrets have `_` too, and it is unlikely that they all begin with a word before it. */
const word = /^[a-z][0-9a-z]{0,15}_/

/**
 * What tokens begin with, told by what is shown of each: the longest beginning that ends in `_` and that all of a kind have.
 * `sk_live_...` and `sk_test_...` are two kinds. undefined where nothing is to be told.
 */
export function prefixesOf(shown: readonly string[]): readonly (string | undefined)[] {
  const first = shown.map((text) => firstSegment.exec(text)?.[0])
  const kinds = new Set(first.filter((prefix) => prefix !== undefined))
  if (kinds.size > maxPrefixes) return shown.map(() => undefined)
  const found = [...first]
  for (const kind of kinds) extend(shown, found, kind)
  return found
}

/** Goes on behind a prefix, as long as everything that has it goes on with a word. */
function extend(shown: readonly string[], found: (string | undefined)[], prefix: string): void {
  const members = found.flatMap((each, index) => (each === prefix ? [index] : []))
  const words = members.map((index) => word.exec((shown[index] ?? '').slice(prefix.length))?.[0])
  const kinds = new Set(words)
  if (words.includes(undefined) || kinds.size > maxPrefixes) return
  members.forEach((index, position) => {
    found[index] = prefix + words[position]
  })
  for (const kind of kinds) extend(shown, found, prefix + kind)
}
