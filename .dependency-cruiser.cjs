/** Boundaries of docs/architecture.md: renderer → contract ← backend → engine; main and cli are hosts. */
const only = (from, allowed, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.tsx?$' },
  to: { path: '^src/', pathNot: `^src/(${[from, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('contract', [], 'The contract stands alone.'),
    only('engine', ['contract'], 'The engine is pure: it knows the contract and itself.'),
    only('backend', ['contract', 'engine'], 'The backend knows no host and no interface.'),
    only('renderer', ['contract'], 'The interface reaches everything else through the contract.'),
    only('preload', [], 'The preload forwards one port.'),
    only('main', ['contract', 'backend'], 'The Electron host.'),
    only('cli', ['contract', 'backend', 'engine'], 'The command-line host.'),
    {
      name: 'engine-no-io',
      severity: 'error',
      from: { path: '^src/engine/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'electron-only-in-its-host',
      severity: 'error',
      from: { pathNot: '^src/(main|preload)/' },
      to: { path: '(^|/)node_modules/electron/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^virtual:' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.css', '.json'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
