/** Process: installs the peers and generates their clients, where that is due. The first half of `npm run check:bench`. */
import { installed } from '../installed.js'

await installed()
