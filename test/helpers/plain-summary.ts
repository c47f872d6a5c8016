/** Ends the output of a run with one plain line, `N passed, N failed` or `N passed, N failed, N skipped`. */
import { writeSync } from 'node:fs'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

export class PlainSummary implements Reporter {
  readonly #remark: string
  #passed = 0
  #failed = 0
  #skipped = 0

  /** @param remark a line of its own above the last one */
  constructor(remark?: string) {
    this.#remark = remark === undefined ? '' : `${remark}\n`
  }

  onInit(vitest: Vitest): void {
    if (vitest.config.watch) return
    // Vitest's own summary, its warnings and the teardown of the global setup all come before the process ends.
    process.once('exit', (code) => {
      // A run that breaks outside of its tests must not read like one that passed.
      const failed = code !== 0 && this.#failed === 0 ? 1 : this.#failed
      const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : ''
      writeSync(1, `${this.#remark}${this.#passed} passed, ${failed} failed${skipped}\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#passed = 0
    this.#failed = unhandledErrors.length
    this.#skipped = 0
    for (const module of modules) this.#count(module)
  }

  #count(module: TestModule): void {
    // A file or a suite that fails outside of its tests (an import, a hook) counts as one failure of its own.
    if (module.errors().length > 0) this.#failed += 1
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) this.#failed += 1
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') this.#passed += 1
      else if (state === 'failed') this.#failed += 1
      else this.#skipped += 1
    }
  }
}
