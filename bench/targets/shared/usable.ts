/** The checks and the count that the hand-rolled targets share. */
import type { PrismaClient } from '../../generated/postgresql/client.js'

interface KeyWithOwner {
  readonly isActive: boolean
  readonly expiresAt: Date | null
  readonly user: { readonly isActive: boolean }
}

/** Whether a key that was looked up is there, active, not expired, and its owner active. */
export const usable = <Key extends KeyWithOwner>(key: Key | null): key is Key =>
  key?.isActive === true && key.user.isActive && (key.expiresAt === null || key.expiresAt > new Date())

export interface Used {
  readonly id: string
  readonly ip: string | undefined
}

/** Writes one use of a key. It reads back no more than the id. */
export const writeUse = (prisma: PrismaClient, { id, ip }: Used): Promise<unknown> =>
  prisma.apiKey.update({
    where: { id },
    data: { lastUsedAt: new Date(), lastUsedIp: ip ?? null, usageCount: { increment: 1 } },
    select: { id: true }
  })
