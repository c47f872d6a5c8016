/** What the package's built declarations say, read by the compiler: names are compared, not source text. */
import ts from 'typescript5'
import { requireBuild, root } from './built-package.js'

export interface DeclaredTypes {
  /** The strings of a union. */
  union(name: string): string[]
  /** Each property of an interface, with the names of what its own type has; optional ones end in `?`. */
  members(name: string): [name: string, properties: string[]][]
}

export function declaredTypes(): DeclaredTypes {
  requireBuild()
  const file = `${root}dist/index.d.ts`
  const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, strict: true, types: [] })
  const checker = program.getTypeChecker()
  const index = program.getSourceFile(file)
  const module = index && checker.getSymbolAtLocation(index)
  if (!module) throw new Error(`${file} exports nothing`)

  function typeOf(name: string): ts.Type {
    const symbol = checker.getExportsOfModule(module as ts.Symbol).find((found) => found.name === name)
    if (!symbol) throw new Error(`the package exports no ${name}`)
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
    return checker.getDeclaredTypeOfSymbol(isAlias ? checker.getAliasedSymbol(symbol) : symbol)
  }
  const shown = ({ name, flags }: ts.Symbol) => ((flags & ts.SymbolFlags.Optional) !== 0 ? `${name}?` : name)

  return {
    union(name) {
      const type = typeOf(name)
      return (type.isUnion() ? type.types : []).flatMap((member) => (member.isStringLiteral() ? [member.value] : []))
    },
    members: (name) =>
      typeOf(name)
        .getProperties()
        .map((member) => [member.name, checker.getTypeOfSymbol(member).getProperties().map(shown)])
  }
}
