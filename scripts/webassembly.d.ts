/** The part of WebAssembly that schema-engine.ts uses: TypeScript has it only among the types of a browser. */
declare namespace WebAssembly {
  type ModuleImports = Record<string, unknown>
  function instantiate(
    bytes: Uint8Array,
    imports: Record<string, ModuleImports>
  ): Promise<{ readonly instance: { readonly exports: ModuleImports } }>
}
