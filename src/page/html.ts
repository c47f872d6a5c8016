/** What one request's page is made from. */
export interface PageParts {
  /** Where the app mounted the router, as the browser sees it; empty at the root. */
  readonly base: string
  readonly signInPath: string | undefined
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

const styles = [
  'uplot.css',
  'base.css',
  'states.css',
  'controls.css',
  'table.css',
  'cards.css',
  'dialogs.css',
  'details.css'
]

/** The page without any key in it: its script asks the API for those, as whoever is signed in. */
export function pageHtml({ base, signInPath }: PageParts): string {
  const url = (name: string) => `"${escapeHtml(`${base}/ui/${name}`)}"`
  const signIn = signInPath === undefined ? '' : ` data-sign-in="${escapeHtml(signInPath)}"`
  return `<!doctype html>
<html lang="en" data-base="${escapeHtml(base)}"${signIn}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>API keys</title>
<link rel="icon" href="data:,">
${styles.map((name) => `<link rel="stylesheet" href=${url(name)}>`).join('\n')}
<script type="module" src=${url('page.js')}></script>
</head>
<body>
<noscript><p class="noscript">API keys are managed with JavaScript, which is off in this browser.</p></noscript>
<main id="app"></main>
<div id="toast" class="toast" role="status"></div>
</body>
</html>
`
}
