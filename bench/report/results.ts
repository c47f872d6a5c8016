/** What is asked of a run in more than one place. */
import type { LoadResult, Results } from './measured.js'

/** The load that all targets meet; undefined where the run was without it, or has not come to it. */
export const mainOf = (loads: readonly LoadResult[]): LoadResult | undefined =>
  loads.find(({ load }) => load.name === 'main')

/** `2026-11-27, at commit 8fa6e516032f` */
export const whenOf = ({ date, commit }: Results): string =>
  `${date.slice(0, 10)}${commit === undefined ? '' : `, at commit ${commit}`}`
