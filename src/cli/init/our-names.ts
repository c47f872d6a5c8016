import type { Provider } from '../../sql-names.js'

/** keystile's models as the package has them; what stands for `ApiKey` in them is the app's to choose. */
const ownModels = ['ApiKey', 'ApiKeyEvent', 'ApiKeyUsage', 'ApiKeyForm', 'ApiKeyFlush'] as const

export type OwnModel = (typeof ownModels)[number]

/** The models that a schema gets: those that its code names, and on SQLite the log that triggers write. */
export interface OurNames {
  readonly keyModel: string
  /** The name here of each model of the package. */
  readonly models: ReadonlyMap<string, string>
  readonly tables: ReadonlyMap<string, string>
  /** Of the owner's model: the keys that it has. */
  readonly backField: string
}

/** @param keyModel the name of the model of keys: `ApiKey`, or one that leads the others too */
export function ourNames(keyModel: string, provider: Provider): OurNames {
  const snake = keyModel.replace(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase()
  const log: [string, string][] = provider === 'sqlite' ? [['KeystileChange', 'KeystileChange']] : []
  const logTable: [string, string][] = provider === 'sqlite' ? [['KeystileChange', 'keystile_changes']] : []
  const tables: Record<OwnModel, string> = {
    ApiKey: plural(snake),
    ApiKeyEvent: `${snake}_events`,
    ApiKeyUsage: `${snake}_usage`,
    ApiKeyForm: `${snake}_forms`,
    ApiKeyFlush: `${snake}_flushes`
  }
  return {
    keyModel,
    models: new Map([...ownModels.map((name) => [name, name.replace('ApiKey', keyModel)] as const), ...log]),
    tables: new Map([...Object.entries(tables), ...logTable]),
    backField: plural(`${keyModel.charAt(0).toLowerCase()}${keyModel.slice(1)}`)
  }
}

function plural(word: string): string {
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}
