import type { Owner } from './api-key.js'
import type { Register } from './catalogue.js'
import type { ApiKeys } from './create-api-keys.js'

/** The owner as `req.owner` has it: that of the registered keys, else the usual columns. */
export type RegisteredOwner = Register extends { readonly keys: ApiKeys<infer KeyOwner> } ? KeyOwner : Owner
