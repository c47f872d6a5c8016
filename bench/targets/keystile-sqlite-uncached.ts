import { keystile } from './shared/keystile.js'

export default keystile({ database: 'sqlite', cached: false })
