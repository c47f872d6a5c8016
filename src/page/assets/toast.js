const shownMs = 6_000

/** @type {ReturnType<typeof setTimeout> | undefined} */
let hiding

/** Says a result at the edge of the page; the element is a live region, so screen readers say it too.
 * @param {string} text
 */
export function toast(text) {
  const element = document.getElementById('toast')
  if (!element) return
  clearTimeout(hiding)
  element.textContent = text
  element.classList.add('toast-shown')
  hiding = setTimeout(() => {
    element.classList.remove('toast-shown')
    element.textContent = ''
  }, shownMs)
}
