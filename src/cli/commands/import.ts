import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ApiKeys, internalsOf } from '../../create-api-keys.js'
import { messageOf } from '../../errors.js'
import type { ImportForm } from '../../import/form-option.js'
import { type ImportOptions, parseImportOptions } from '../../import/options.js'
import { readText } from '../../import/read-text.js'
import type { SourceRow } from '../../import/source-row.js'
import { type ForeignAlphabet, foreignAlphabets, type HashAlg, hashAlgs } from '../../token-form.js'
import { Failure } from '../failure.js'
import { howToAccept, secretIn } from '../hmac-secret.js'
import { printImport, summaryOfBad } from '../import-report.js'
import { readInput } from '../input-file.js'
import { parseCount, wordsOf } from '../options.js'
import type { Session } from '../session.js'

interface ImportCommandOptions {
  readonly dryRun?: true
  readonly createOwners?: true
  readonly hash?: HashAlg
  readonly hmacSecretEnv?: string
  readonly tokenPrefix?: string
  readonly tokenLength?: number
  readonly tokenMinLength?: number
  readonly tokenMaxLength?: number
  readonly tokenAlphabet?: ForeignAlphabet
  readonly column?: Readonly<Record<string, string>>
  readonly ignoreColumns?: readonly string[]
}

export function addImport(program: Command, session: Session): void {
  program
    .command('import')
    .argument('[file]', 'JSON or JSON lines; - or no file is stdin')
    .description('bring in keys that were made elsewhere, from JSON or JSON lines')
    .addOption(new Option('--dry-run', 'say what would be done, and write nothing'))
    .addOption(new Option('--create-owners', "make owners that are not there, in a database of keystile's own"))
    .addOption(new Option('--hash <kind>', 'how keys are hashed, where rows do not say so').choices(hashAlgs))
    .addOption(new Option('--hmac-secret-env <name>', 'the environment variable with the secret of HMACs'))
    .addOption(new Option('--token-prefix <prefix>', 'what the tokens of these keys begin with: sk_'))
    .addOption(new Option('--token-length <n>', 'how many characters a whole token has').argParser(parseCount))
    .addOption(new Option('--token-min-length <n>', 'instead, where it varies (default: 20)').argParser(parseCount))
    .addOption(new Option('--token-max-length <n>', 'at most so many (default: 255)').argParser(parseCount))
    .addOption(
      new Option('--token-alphabet <name>', 'what stands behind the prefix (default: token68)').choices(
        foreignAlphabets
      )
    )
    .addOption(
      new Option('--column <theirs=ours>', 'a column that has another name; may be repeated').argParser(addColumn)
    )
    .addOption(new Option('--ignore-columns <names>', 'columns that are left out: a,b').argParser(wordsOf))
    .addHelpText('after', examples)
    .action(async (file: string | undefined, given: ImportCommandOptions) => {
      const options = importOptions(given)
      const rows = rowsIn(await readInput(file))
      await session.withKeys((keys) => importInto(keys, session, rows, options, given.hmacSecretEnv))
    })
}

async function importInto(
  keys: ApiKeys,
  { out, author }: Session,
  rows: readonly SourceRow[],
  options: ImportOptions,
  secretName: string | undefined
): Promise<void> {
  const { imports, opener, config } = internalsOf(keys)
  const secret = secretName === undefined ? undefined : secretIn(secretName)
  if (options.dryRun && !opener.isThere()) await out.notice(noDatabase)
  const report = await imports.run(rows, options, author, secret && [secret])
  await printImport(out, report)
  if (report.problems.length > 0) throw new Failure('bad_rows', summaryOfBad(report))
  const isKnown = config.policy.secrets.some((other) => secret?.equals(other))
  if (secretName !== undefined && report.hashes.hmac > 0 && !isKnown) await out.notice(howToAccept(secretName))
}

const noDatabase = 'There is no database yet: this is what an import into a new one would do.'

/** What the file is, is no matter of the command line. */
function rowsIn(text: string): readonly SourceRow[] {
  try {
    return readText(text)
  } catch (error) {
    throw new Failure('bad_rows', messageOf(error))
  }
}

/** Checked before anything is read or opened. */
function importOptions(given: ImportCommandOptions): ImportOptions {
  const { dryRun, createOwners, hash, column, ignoreColumns } = given
  const form: ImportForm = {
    ...(given.tokenPrefix !== undefined && { prefix: given.tokenPrefix }),
    ...(given.tokenLength !== undefined && { length: given.tokenLength }),
    ...(given.tokenMinLength !== undefined && { minLength: given.tokenMinLength }),
    ...(given.tokenMaxLength !== undefined && { maxLength: given.tokenMaxLength }),
    ...(given.tokenAlphabet !== undefined && { alphabet: given.tokenAlphabet })
  }
  const options = {
    form,
    dryRun: dryRun ?? false,
    createOwners: createOwners ?? false,
    ...(hash !== undefined && { hash }),
    ...(column !== undefined && { columns: column }),
    ...(ignoreColumns !== undefined && { ignoreColumns })
  }
  parseImportOptions(options)
  return options
}

function addColumn(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [theirs = '', ours = '', ...more] = text.split('=')
  if (theirs === '' || ours === '' || more.length > 0)
    throw new InvalidArgumentError('Give the name in the file and the one here: hashed=key_hash.')
  return { ...before, [theirs]: ours }
}

const examples = `
Rows have the columns of the table api_keys, in snake_case or camelCase: at least user_id, key_hash and key_prefix. Hashes
are SHA-256, SHA-512 or HMAC-SHA-256, in hexadecimal or base64, or bcrypt. Either all rows are imported or none. It can
be repeated: keys that are there already stay as they are. What the tokens look like is told by key_prefix, unless
--token-* say it: such tokens are looked up from then on, beside keystile's own.

Examples:
  $ sqlite3 -json app.db "SELECT * FROM api_keys" | keystile import
  $ keystile import rows.json --dry-run
  $ keystile import rows.jsonl --create-owners --token-length 46 --token-alphabet base64url
  $ keystile import rows.json --hash hmac --hmac-secret-env OLD_SECRET
  $ keystile import rows.json --column hashed=key_hash --ignore-columns note,team_id`
