import { defineScopes } from 'keystile'

/** What keys of this app may be allowed, in words for those who make them. */
export const scopes = defineScopes({
  'reports:read': 'Read your reports',
  'reports:write': 'Write reports',
  'users:admin': 'See who has an account'
})

// From here on a guard that asks for another scope does not compile.
declare module 'keystile' {
  interface Register {
    scopes: typeof scopes
  }
}

/** What somebody may give to their keys. */
export const grantable = ({ isAdmin }: { readonly isAdmin: boolean }): string[] =>
  isAdmin ? Object.keys(scopes) : ['reports:read', 'reports:write']
