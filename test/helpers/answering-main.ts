/** Process: answers as those of the bench do. */
import { answer } from '../../bench/run/answering.js'

answer({
  double: ({ value }: { readonly value: number }) => value * 2,
  pid: () => process.pid,
  fail: () => {
    throw new Error('no luck')
  },
  crash: () => {
    console.error('the last words')
    process.exit(3)
  },
  close: () => {
    if (process.argv[2] === 'will not close') throw new Error('it would not close')
  }
})
