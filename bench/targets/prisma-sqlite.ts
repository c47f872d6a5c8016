import { handRolled } from './shared/hand-rolled.js'

export default handRolled({ database: 'sqlite', awaits: true })
