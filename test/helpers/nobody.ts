const nobody = 65_534

/** Gives up the rights of root, for good: to root no file is read-only. What is loaded later must be readable to all. */
export function becomeNobody(): void {
  if (process.getuid?.() !== 0) return
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}
