/** The pages beside the README: their code compiles, their commands and their links are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FeedFailure } from '../../src/change-feed.js'
import { Output } from '../../src/cli/output.js'
import { buildProgram } from '../../src/cli/program.js'
import { formsOf } from '../../src/import/forms.js'
import { compile, compilers, linkedProject, root, writeFiles } from '../helpers/built-package.js'
import { commandsIn, type NamedCommand } from '../helpers/commands-in-pages.js'
import { anchors, localLinks } from '../helpers/markdown.js'
import { asFile, codeOfPage, filesOfReader, packagesOf } from '../helpers/page-code.js'

const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const docs = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .sort()
const pages = ['README.md', ...docs]

describe('their code', () => {
  /** What a page registers of its keys holds for a whole program: such a page is one of its own. */
  const registers = (path: string) => read(path).includes("declare module 'keystile'")
  const programs = [docs.filter((path) => !registers(path)), ...docs.filter(registers).map((path) => [path])]

  const cases = programs
    .filter((paths) => paths.some((path) => codeOfPage(read(path)).length > 0))
    .flatMap((paths) => compilers.map((compiler) => ({ ...compiler, paths, title: paths.join(', ') })))

  test.each(cases)('of $title compiles in strict mode with $compiler', { timeout: 120_000 }, async (given) => {
    const project = linkedProject(packagesOf(given.paths.flatMap((path) => codeOfPage(read(path)))))
    writeFiles(project, filesOfReader)
    for (const path of given.paths) {
      for (const block of codeOfPage(read(path))) writeFiles(project, asFile(path.replaceAll('/', '-'), block))
    }
    const scripts = { allowJs: true, checkJs: true, noImplicitAny: false, allowImportingTsExtensions: true }
    expect(await compile(project, given.folder, { ...scripts, skipLibCheck: true })).toBe('')
  })
})

describe('what they quote is what the code has', () => {
  test('the codes of a feed that does not work', () => {
    const codes: Readonly<Record<FeedFailure['code'], true>> = {
      unreachable: true,
      triggers_missing: true,
      wrong_database: true,
      not_primary: true,
      not_wal: true,
      driver_missing: true
    }
    const line = read('docs/doctor.md')
      .split('\n')
      .find((text) => text.startsWith('| `feed` | `latencyMs`'))
    expect(line?.match(/`\w+`/g)).toEqual(expect.arrayContaining(Object.keys(codes).map((code) => `\`${code}\``)))
  })

  test('the form of tokens that an import takes of itself', () => {
    const [form] = formsOf([{ alg: 'sha256', shown: 'sk_AbCdEfGh' }], { prefix: 'sk_' })
    expect(form).toMatchObject({ minLength: 20, maxLength: 255 })
    expect(read('docs/import.md')).toContain('sk_..., 20 to 255 characters in all (token68), by SHA-256')
  })
})

describe('their commands', () => {
  const program = buildProgram(new Output(true))
  const helpOf = (name: string | undefined) =>
    (name === undefined ? program : program.commands.find((command) => command.name() === name))?.helpInformation()

  function mistakesIn({ text, command, options }: NamedCommand): string[] {
    const help = helpOf(command)
    if (help === undefined) return [`${text}: there is no command ${command}`]
    return options
      .filter((option) => !new RegExp(`(^|[\\s,])${option}(?![\\w-])`, 'm').test(help))
      .map((option) => `${text}: ${command} has no option ${option}`)
  }

  test.each(pages)('of %s exist, with the options that it names', (path) => {
    expect(commandsIn(read(path)).flatMap(mistakesIn)).toEqual([])
  })

  test('one that does not exist is found, in code blocks and in the text', () => {
    const page = [
      'Run `npx keystile lend --yes`, then `keystile prune --older 3d`, with `keystile.config.ts` beside it.',
      '```sh',
      'npm i keystile express',
      'KEY=$(DATABASE_URL=file:./x.db npx keystile create --owner a@example.com \\',
      '  --title "keystile --none") # keystile none',
      'keystile list --json | keystile borrow; keystile --jsonl',
      '```'
    ].join('\n')
    expect(
      commandsIn(page)
        .flatMap(mistakesIn)
        .map((mistake) => mistake.replace(/^.*: /, ''))
        .sort()
    ).toEqual([
      'create has no option --title',
      'prune has no option --older',
      'there is no command borrow',
      'there is no command lend',
      'undefined has no option --jsonl'
    ])
  })
})

describe('their links', () => {
  function leadsNowhere(from: string, link: string): boolean {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? from : posix.join(posix.dirname(from), path)
    if (!existsSync(`${root}/${target}`)) return true
    return anchor !== undefined && !anchors(read(target)).includes(anchor)
  }

  test.each(pages)('of %s lead to a file and a heading that are there', (path) => {
    expect(localLinks(read(path)).filter((link) => leadsNowhere(path, link))).toEqual([])
  })

  test('the README has one to each page', () => {
    expect(docs.length).toBeGreaterThan(0)
    expect(localLinks(read('README.md')).map((link) => link.replace(/#.*/, ''))).toEqual(expect.arrayContaining(docs))
  })

  test.each([
    ['a file that is not there', 'docs/missing.md'],
    ['a heading that is not there', '#missing'],
    ['a heading that the other page lacks', 'CONTRIBUTING.md#quick-start']
  ])('%s is found', (_, link) => {
    expect(leadsNowhere('README.md', link)).toBe(true)
    expect(leadsNowhere('README.md', '#quick-start')).toBe(false)
    expect(leadsNowhere('docs/page.md', '../CONTRIBUTING.md#set-up')).toBe(false)
  })
})
