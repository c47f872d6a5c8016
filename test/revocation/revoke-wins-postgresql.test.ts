import { describe } from 'vitest'
import { databases } from '../helpers/databases.js'
import { testThatRevokeWins } from '../helpers/revoke-wins.js'

// A file for each database: two workers share the time that they take.
describe.each(databases.filter(({ provider }) => provider === 'postgresql'))('on $name', testThatRevokeWins)
