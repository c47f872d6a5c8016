import type { Target } from '../target.js'
import { appWith } from './shared/app.js'

const target: Target = {
  title: 'no authentication',
  database: 'none',
  does: 'nothing: Express and its answer',
  async serve() {
    return { app: appWith(), close: async () => {} }
  }
}

export default target
