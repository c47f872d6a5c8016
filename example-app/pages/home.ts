import { html } from './html.js'

interface Shown {
  readonly title: string
  readonly createdAt: Date
}

const api = html`<h2>The API</h2>
<p>Send a key as <code>Authorization: Bearer sk_…</code>. <a href="/openapi.json">openapi.json</a> describes every route.</p>
<ul>
<li><code>GET /api/me</code>: whose key it is, and what it may do</li>
<li><code>GET /api/reports</code>, with <code>reports:read</code></li>
<li><code>POST /api/reports</code>, with <code>reports:write</code></li>
<li><code>GET /api/admin/users</code>, with <code>users:admin</code></li>
</ul>`

export const welcomePage = () => html`<h1>Reports</h1>
<p>A small service with an API. <a href="/sign-up">Sign up</a> or <a href="/sign-in">sign in</a>, make an API key, and write reports with it.</p>
${api}`

const row = ({ title, createdAt }: Shown) =>
  html`<li>${title} <small><time datetime="${createdAt.toISOString()}">${createdAt.toISOString().slice(0, 10)}</time></small></li>`

export const memberPage = (reports: readonly Shown[]) => html`<h1>Reports</h1>
${reports.length > 0 ? html`<ul class="reports">${reports.map(row)}</ul>` : html`<p>There are none yet.</p>`}
<p><a class="button" href="/keys/ui/">Your API keys</a></p>
${api}`
