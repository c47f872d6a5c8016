/**
 * Waits for work so long and no longer; the work itself goes on.
 * @param giveUpAt a time of performance.now()
 * @param tooLate makes the error of what did not end by then
 */
export async function inTime<T>(giveUpAt: number, work: Promise<T>, tooLate: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), Math.max(0, giveUpAt - performance.now()))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
