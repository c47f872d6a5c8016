const hourMs = 3_600_000

interface Hour {
  readonly hour: Date
  readonly allowed: number
  readonly denied: number
}

/** Requests by the hour since then, as offices make them: by day more than by night, and few at weekends. */
export function usageOf(since: Date, anHour: number): Hour[] {
  const first = Math.ceil(since.getTime() / hourMs)
  const now = Math.floor(Date.now() / hourMs)
  return Array.from({ length: now - first }, (_, index) => {
    const hour = new Date((first + index) * hourMs)
    const byDay = 1 + Math.sin(((hour.getUTCHours() - 7) / 12) * Math.PI)
    const weekend = [0, 6].includes(hour.getUTCDay()) ? 0.2 : 1
    const allowed = Math.round(anHour * byDay * weekend)
    return { hour, allowed, denied: index % 29 === 0 ? Math.ceil(allowed / 20) : 0 }
  }).filter(({ allowed }) => allowed > 0)
}
