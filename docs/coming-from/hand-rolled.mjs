// hand-rolled.mjs
// Prints the keys of a table of your own as JSON lines. On the left is what keystile reads; put your names on the right.
import { prisma } from './db.ts'

for (const key of await prisma.apiToken.findMany({ orderBy: { createdAt: 'asc' } })) {
  const row = {
    id: key.id,
    user_id: key.accountId,
    name: key.label,
    key_hash: key.tokenHash,
    // How it was made: sha256 (hexadecimal or base64), sha512, hmac or bcrypt.
    hash_alg: 'sha256',
    // What is stored of the token's beginning, such as sk_AbCdEfGh...
    key_prefix: key.tokenStart,
    // A JSON array, or text that is one.
    scopes: key.scopes,
    is_active: key.revokedAt === null,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
    // JSON has no BigInt.
    usage_count: String(key.uses),
    expires_at: key.expiresAt,
    created_at: key.createdAt,
    updated_at: key.updatedAt
  }
  console.log(JSON.stringify(row))
}
await prisma.$disconnect()
