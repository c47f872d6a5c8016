import { messageOf } from '../errors.js'
import { paint } from './colour.js'
import { ClosedOutput, Failure } from './failure.js'
import { printable, printableJson } from './printable.js'

/**
 * What a command says. Results go to stdout; everything about them goes to stderr, so that `$(keystile create ...)` is the key
 * and nothing else. With --json, stdout is one JSON document, and so is stderr where the command failed.
 */
export class Output {
  #held: string[] = []

  constructor(readonly json: boolean) {
    // Each write's own callback has the error; without a listener Node would throw it a second time.
    process.stdout.on('error', () => {})
    process.stderr.on('error', () => {})
  }

  /** Prints a result: for people, or with --json the document. */
  async result(document: unknown, text: () => string): Promise<void> {
    try {
      await write(process.stdout, this.json ? `${printableJson(document, 2)}\n` : text())
    } catch (error) {
      // Whoever reads stdout has enough, as `head` does.
      if (isBrokenPipe(error)) throw new ClosedOutput()
      throw new Failure('output_failed', `stdout could not be written: ${messageOf(error)}`)
    }
  }

  /** Tells people something beside the result. With --json it waits, since a failure has to stand alone. */
  async notice(text: string): Promise<void> {
    if (this.json) this.#held.push(text)
    else await this.#tell(printable(text))
  }

  /** Tells what had to wait: everything was done, or somebody is asked. */
  async release(): Promise<void> {
    const held = this.#held.splice(0)
    for (const text of held) await this.#tell(printable(text))
  }

  /** A question, for an answer on the same line. */
  async question(text: string): Promise<void> {
    await this.release()
    await write(process.stderr, `${printable(text)} `)
  }

  async fail({ code, message }: Failure): Promise<void> {
    const text = printable(message.replace(/\s*\n\s*/g, ' '))
    if (this.json) await this.#tell(printableJson({ error: { code, message } }))
    else await this.#tell(`${paint(process.stderr, 'red', 'keystile:')} ${text}`)
  }

  /** Nobody can be told that stderr is closed. */
  async #tell(line: string): Promise<void> {
    await write(process.stderr, `${line}\n`).catch(() => {})
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

function isBrokenPipe(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'EPIPE'
}
