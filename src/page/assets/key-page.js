/** @import { Api, App, Key } from './types.js' */
import { Problem } from './api.js'
import { openCreate } from './create.js'
import { focusOn, h, refocus } from './dom.js'
import { count } from './format.js'
import { table } from './key-table.js'
import { empty, failed, signedOut, skeleton } from './states.js'
import { toast } from './toast.js'

/** The page: its header, and below it the keys, or why there are none to see. */
export class KeyPage {
  /** @type {Key[]} */
  #items = []
  /** @type {string | null} */
  #nextCursor = null
  #pages = 1
  #round = 0
  #main = h('section', { class: 'keys', 'aria-label': 'Your keys' })
  #create = h('button', { type: 'button', class: 'button primary', 'data-focus': 'create' }, 'Create key')
  #parts

  /** @param {{ root: HTMLElement, api: Api, signInPath: string | undefined }} parts */
  constructor(parts) {
    this.#parts = parts
  }

  start() {
    this.#create.addEventListener('click', () => openCreate(this.#app))
    const words = h('p', { class: 'lead' }, 'Keys let your programs call the API as you. Treat them like passwords.')
    const header = h('header', { class: 'top' }, h('div', {}, h('h1', {}, 'API keys'), words), this.#create)
    this.#parts.root.append(header, this.#main)
    this.#show(skeleton(), true)
    void this.#load()
  }

  /** @returns {App} */
  get #app() {
    return {
      api: this.#parts.api,
      announce: toast,
      reload: () => this.#load(),
      signedOut: () => this.#show(signedOut(this.#parts.signInPath))
    }
  }

  /** Asks for as many pages as were shown. What is there stays until the answer. */
  async #load() {
    const round = ++this.#round
    this.#main.setAttribute('aria-busy', 'true')
    try {
      const { items, nextCursor } = await this.#read()
      // A later question has a later answer.
      if (round !== this.#round) return
      this.#items = items
      this.#nextCursor = nextCursor
      this.#showKeys()
    } catch (error) {
      if (round === this.#round) this.#showFailure(error)
    }
  }

  async #read() {
    /** @type {Key[]} */
    const items = []
    /** @type {string | null} */
    let cursor = null
    for (let page = 0; page < this.#pages; page++) {
      const found = await this.#parts.api.list(cursor)
      items.push(...found.items)
      cursor = found.nextCursor
      if (cursor === null) break
    }
    return { items, nextCursor: cursor }
  }

  /** @param {HTMLButtonElement} button */
  async #loadMore(button) {
    button.disabled = true
    const known = this.#items.length
    try {
      const { items, nextCursor } = await this.#parts.api.list(this.#nextCursor)
      this.#items = [...this.#items, ...items]
      this.#nextCursor = nextCursor
      this.#pages += 1
      this.#showKeys()
      const first = this.#items[known]
      if (first) focusOn(`${first.id} details`)
      toast(`${count(items.length, 'more key')} loaded.`)
    } catch (error) {
      button.disabled = false
      if (error instanceof Problem && error.status === 401) this.#showFailure(error)
      else toast(error instanceof Error ? error.message : String(error))
    }
  }

  #showKeys() {
    if (this.#items.length === 0) return this.#show(empty(() => openCreate(this.#app)))
    const more = h('button', { type: 'button', class: 'button', onclick: () => this.#loadMore(more) }, 'Load more')
    this.#show(h('div', {}, table(this.#items, this.#app), this.#nextCursor && h('div', { class: 'more' }, more)))
  }

  /** @param {unknown} error */
  #showFailure(error) {
    if (error instanceof Problem && error.status === 401) return this.#show(signedOut(this.#parts.signInPath))
    const retry = () => {
      this.#show(skeleton(), true)
      void this.#load()
    }
    this.#show(failed(error instanceof Error ? error.message : String(error), retry))
  }

  /**
   * @param {HTMLElement} content
   * @param {boolean} [isBusy]
   */
  #show(content, isBusy = false) {
    const focused = this.#main.contains(document.activeElement) ? document.activeElement : undefined
    this.#main.replaceChildren(content)
    this.#main.setAttribute('aria-busy', String(isBusy))
    // With no keys the invitation has the button, and who is signed out can make none.
    this.#create.hidden = content.dataset['create'] === 'none'
    if (focused) refocus(focused)
  }
}
