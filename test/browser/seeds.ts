/** Keys in every state, used over three weeks: the clock of the instance is led through them. */
import { defineScopes } from 'keystile'
import { type PageSite, pageSite, scopes } from './site.js'

const dayMs = 86_400_000

export async function seededSite(): Promise<PageSite> {
  let daysAgo = 21
  const site = await pageSite({ now: () => Date.now() - daysAgo * dayMs })
  const by = { actor: 'Ada', ip: '192.0.2.17' }
  const ci = await site.issue({
    name: 'Continuous integration',
    scopes: ['reports:read', 'reports:write'],
    expiresIn: '90d'
  })
  const old = await site.issue({ name: 'Old laptop', scopes: ['reports:read'], expiresIn: '12d' })
  const leaked = await site.issue({ name: 'Staging worker', scopes: ['members:read'], expiresIn: '30d' })
  const soon = await site.issue({
    name: 'Quarterly export',
    scopes: ['reports:read', 'billing:read'],
    expiresIn: '26d'
  })
  const sync = await site.issue({ name: 'Data warehouse sync', scopes: Object.keys(scopes), expiresIn: '365d' })
  for (; daysAgo > 0; daysAgo--) {
    const many = 4 + ((daysAgo * 7) % 11)
    for (let i = 0; i < many; i++) await site.keys.verify(ci.token, { ip: '203.0.113.9' })
    for (let i = 0; i < daysAgo % 5; i++) await site.ask(ci.token, '/members')
    if (daysAgo % 3 === 0) for (let i = 0; i < 3; i++) await site.keys.verify(soon.token, { ip: '198.51.100.4' })
    if (daysAgo > 12) await site.keys.verify(old.token, { ip: '192.0.2.17' })
    // Of a scope that it lacks: refused by the guard.
    if (daysAgo % 4 === 0) for (let i = 0; i < 3; i++) await site.ask(leaked.token, '/reports')
    if (daysAgo === 6) await site.keys.revoke(leaked.apiKey.id, { reason: 'Found in a public repository' }, by)
    if (daysAgo === 3) await site.keys.update(ci.apiKey.id, { name: 'CI', scopes: ['reports:read'] }, by)
  }
  for (let i = 0; i < 9; i++) await site.keys.verify(sync.token, { ip: '2001:db8::17' })
  await site.ask(ci.token, '/reports')
  await site.keys.rotate(sync.apiKey.id, { grace: '24h' }, by)
  await site.issue({ name: 'Notebook', scopes: [] })
  return site
}

/** The longest of everything, of two owners. */
export async function crowdedSite(): Promise<PageSite> {
  const names = Array.from({ length: 40 }, (_, i) => `${'scope'.repeat(20)}:${i}`)
  const site = await pageSite({
    scopes: defineScopes(Object.fromEntries(names.map((name) => [name, 'What it allows '.repeat(13)])))
  })
  const { owner } = await site.keys.ensureOwner({ email: 'grace@example.com' })
  const widest = await site.keys.create({ ownerId: owner.id, name: 'n'.repeat(100), scopes: names, expiresIn: '3d' })
  const usedAt = new Date(Date.now() - 58 * 60_000).toISOString().replace('Z', '+00:00')
  await site.sql('update api_keys set last_used_at = ? where id = ?', usedAt, String(widest.apiKey.id))
  const { token, apiKey } = await site.issue({
    name: 'A name of many words '.repeat(4).trim(),
    scopes: names.slice(0, 9)
  })
  await site.keys.verify(token, { ip: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff' })
  await site.sql('update api_keys set usage_count = 9007199254740991 where id = ?', String(apiKey.id))
  site.actor = { ownerId: String(site.ownerId), scopes: ['*'], allOwners: true }
  return site
}
