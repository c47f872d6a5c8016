/** The bench's processes: asked, and ended by their pid. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Child, endingAll } from '../../bench/run/child.js'

const file = fileURLToPath(new URL('../helpers/answering-main.ts', import.meta.url))
const start = (...args: string[]) => new Child(file, args, { name: 'the trial', nodeArgs: ['--import', 'tsx'] })

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a process', () => {
  test('answers several questions at once, each with its own answer', async () => {
    const child = start()
    const doubled = [1, 2, 3].map((value) => child.ask<number>('double', { value }))
    expect(await Promise.all(doubled)).toEqual([2, 4, 6])
    await child.end()
  })

  test('that fails at a question says whose error it is, and goes on', async () => {
    const child = start()
    await expect(child.ask('fail')).rejects.toThrow('the trial: Error: no luck')
    await expect(child.ask('nonsense')).rejects.toThrow('no answer to "nonsense"')
    expect(await child.ask('double', { value: 4 })).toBe(8)
    await child.end()
  })

  test('that ends before it answers leaves its last words, and answers nothing more', async () => {
    const child = start()
    const ended = /The process of the trial has ended \(exit code 3\)\. It printed last:\nthe last words/
    await expect(child.ask('crash')).rejects.toThrow(ended)
    await expect(child.ask('double', { value: 1 })).rejects.toThrow('has ended')
    await child.end()
  })

  test('that is not there is an error, not silence', async () => {
    const child = new Child('/nowhere/at-all.js', [], { name: 'nobody' })
    await expect(child.ask('pid')).rejects.toThrow(/The process of nobody has ended[\s\S]*Cannot find module/)
  })

  test.each(['closes', 'will not close'])('that %s is gone when it was ended', async (manner) => {
    const child = start(manner)
    const pid = await child.ask<number>('pid')
    expect(lives(pid)).toBe(true)
    const message = await child.end().catch(String)
    expect(message ?? '').toContain(manner === 'closes' ? '' : 'it would not close')
    expect(lives(pid)).toBe(false)
  })
})

describe('work with processes', () => {
  test('ends them when it is done', async () => {
    const child = start()
    const pid = await endingAll([child], () => child.ask<number>('pid'))
    expect(lives(pid)).toBe(false)
  })

  test('that fails ends them too, and its own error is told', async () => {
    const children = [start('will not close'), start()]
    const pids = await Promise.all(children.map((child) => child.ask<number>('pid')))
    const work = endingAll(children, () => Promise.reject(new Error('the work failed')))
    await expect(work).rejects.toThrow('the work failed')
    expect(pids.map(lives)).toEqual([false, false])
  })

  test('that succeeds is not done while one would not close', async () => {
    const work = endingAll([start('will not close')], async () => 'done')
    await expect(work).rejects.toThrow('it would not close')
  })
})
