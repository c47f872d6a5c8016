/** What could move the cursor, recolour the terminal or turn the direction of the text. */
const unprintable = /[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** Text as it may go to a terminal: names have no such characters, but rows and messages that others wrote may. */
export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd')
}

/** JSON in which every such character is an escape: the same document, and harmless on a terminal. */
export function printableJson(document: unknown, indent?: number): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(document, undefined, indent)
    .split('\n')
    .map((line) => line.replace(unprintable, escaped))
    .join('\n')
}
