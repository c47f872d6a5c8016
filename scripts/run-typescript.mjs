// Preloaded by `npm start`: TypeScript in this very process, so that Ctrl+C and SIGTERM reach the app itself, and with the
// settings under which 'keystile' is the built package, as it is for its users.
import { fileURLToPath } from 'node:url'

process.env.TSX_TSCONFIG_PATH = fileURLToPath(new URL('../tsconfig.build.json', import.meta.url))
await import('tsx')
