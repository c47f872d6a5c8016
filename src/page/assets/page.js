import { createApi } from './api.js'
import { KeyPage } from './key-page.js'

const root = document.getElementById('app')
const { base = '', signIn } = document.documentElement.dataset
if (root) new KeyPage({ root, api: createApi(base), signInPath: signIn }).start()
