import { h, newId, refocus, svg } from './dom.js'

const cross = () =>
  svg(
    'svg',
    { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', focusable: 'false', class: 'cross' },
    svg('path', { d: 'M4 4l8 8M12 4l-8 8' })
  )

/**
 * Opens a modal dialog. Escape and a press beside it ask to close, unless `mayClose` says no. Focus returns to where it was.
 * @param {{
 *   title: string,
 *   content: HTMLElement,
 *   className?: string,
 *   hasCross?: boolean,
 *   mayClose?: () => boolean,
 *   onClose?: () => void
 * }} parts
 */
export function openDialog({
  title,
  content,
  className = '',
  hasCross = true,
  mayClose = () => true,
  onClose = () => {}
}) {
  const opener = document.activeElement
  const id = newId()
  const ask = () => mayClose() && close()
  const button = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: ask }, cross())
  const heading = h('header', { class: 'dialog-head' }, h('h2', { id, tabindex: '-1' }, title), hasCross && button)
  const dialog = h(
    'dialog',
    { class: `dialog ${className}`, 'aria-labelledby': id, closedby: 'none' },
    heading,
    content
  )
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  // Browsers close a dialog at a second Escape, whatever becomes of `cancel`.
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    ask()
  })
  closeBeside(dialog, ask)
  // At once, not when the browser tells of it: what the dialog held is gone when this returns.
  const close = () => {
    if (!dialog.isConnected) return
    onClose()
    dialog.close()
    dialog.remove()
    refocus(opener)
  }
  dialog.addEventListener('close', close)
  document.body.append(dialog)
  dialog.showModal()
  return { close }
}

/**
 * A press that begins and ends beside the dialog; one that only ends there may have selected text.
 * @param {HTMLDialogElement} dialog
 * @param {() => void} ask
 */
function closeBeside(dialog, ask) {
  let isBeside = false
  dialog.addEventListener('pointerdown', (event) => {
    isBeside = event.target === dialog
  })
  dialog.addEventListener('click', (event) => {
    if (isBeside && event.target === dialog) ask()
  })
}
