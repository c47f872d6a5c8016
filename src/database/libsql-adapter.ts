/**
 * Prisma's adapter, of which keystile uses the part that needs no network: in dist/ this is one file without libsql's
 * clients for servers, sixty files that an SQLite file has no use for (scripts/bundle-clients.ts).
 */
export { PrismaLibSql } from '@prisma/adapter-libsql'
