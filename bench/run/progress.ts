/** What is going on now, on one line of a terminal that the next text takes the place of; elsewhere nothing. */
export class Progress {
  readonly #live = process.stderr.isTTY

  now(text: string): void {
    if (this.#live) process.stderr.write(`\r\u001b[2K${text}`)
  }

  /** A line that stays. */
  say(text: string): void {
    if (this.#live) process.stderr.write('\r\u001b[2K')
    console.log(text)
  }
}
