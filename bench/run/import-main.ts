/** Process: how long it takes to import a module, in milliseconds. Argument: its URL, or its name. */
const started = performance.now()
await import(process.argv[2] ?? '')
process.stdout.write(String(performance.now() - started), () => process.exit())
