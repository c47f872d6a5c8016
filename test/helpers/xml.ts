/** What is wrong with an XML document, as far as tags, attributes and references go. */

const reference = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/
const tag = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y

export function mistakesInXml(text: string): string[] {
  const mistakes: string[] = []
  const open: string[] = []
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '<') {
      if (open.length === 0 && text[at]?.trim() !== '') mistakes.push(`text outside of the root, at ${at}`)
      at++
      continue
    }
    tag.lastIndex = at
    const [whole, closing, name = '', attributes = '', alone] = tag.exec(text) ?? []
    if (whole === undefined) return [...mistakes, `no tag at ${at}: ${text.slice(at, at + 40)}`]
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map(([, attribute]) => attribute)
    if (new Set(names).size < names.length) mistakes.push(`an attribute twice: ${whole}`)
    if (closing) {
      if (open.pop() !== name) mistakes.push(`${whole} closes what is not open`)
    } else if (!alone) open.push(name)
    at += whole.length
  }
  if (reference.test(text)) mistakes.push('an & that begins no reference')
  return [...mistakes, ...open.map((name) => `<${name}> is never closed`)]
}
