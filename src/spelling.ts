import leven from 'leven'

/** Ends a sentence: `; did you mean "realm"?` where one of the known names is close to what was written, else `.` */
export function nearest(written: string, known: readonly string[]): string {
  const [best] = known.map((name) => ({ name, distance: leven(written, name) })).sort((a, b) => a.distance - b.distance)
  return best && best.distance <= Math.max(2, Math.floor(best.name.length / 3))
    ? `; did you mean ${JSON.stringify(best.name)}?`
    : '.'
}
