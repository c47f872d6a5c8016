import { styleText } from 'node:util'

export type Colour = Parameters<typeof styleText>[0]

/** Text in a colour where the stream is a terminal that has some and nobody asked for none (https://no-color.org). */
export function paint(stream: NodeJS.WriteStream, colour: Colour, text: string): string {
  const coloured = stream.isTTY && !process.env['NO_COLOR'] && stream.hasColors()
  return coloured ? styleText(colour, text, { validateStream: false }) : text
}
