const graphemes = new Intl.Segmenter()

const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u

const widthOf = (grapheme: string) => (wide.test(grapheme) ? 2 : 1)

/** How many columns of a terminal a text takes: letters of East Asia and emoji take two. */
export function textWidth(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment)
  return width
}

/** The text in at most so many columns, with an ellipsis where something was left out. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let short = ''
  let used = 1
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment)
    if (used > width) break
    short += segment
  }
  return `${short}…`
}
