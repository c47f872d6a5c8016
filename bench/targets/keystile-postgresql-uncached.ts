import { keystile } from './shared/keystile.js'

export default keystile({ database: 'postgresql', cached: false })
