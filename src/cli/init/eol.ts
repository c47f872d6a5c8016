/** How lines end in a text: as its first one does. */
export const eolOf = (text: string): '\n' | '\r\n' => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n')
