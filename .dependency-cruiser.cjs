/** Which way imports may go. Six rules, so that the tree stays one that can be drawn. */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment:
        'Two files that need each other are one file, or a third one is missing. Entities point at each other by design.',
      severity: 'error',
      from: { pathNot: '\\.entity\\.ts$' },
      to: { circular: true, viaOnly: { pathNot: '\\.entity\\.ts$' }, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kernel-depends-on-nothing',
      comment: 'Everybody imports the kernel; it imports the wire protocol at most.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^(src/(?!kernel/)|config/)' },
    },
    {
      name: 'host-is-small',
      comment: 'The PTY host is a small process of its own: kernel and wire protocol, no Nest, no database, no secret.',
      severity: 'error',
      from: { path: '^src/pty-host/' },
      to: { path: '^(src/(?!pty-host/|kernel/)|config/|node_modules/(@nestjs|typeorm|pg|ws|@xterm)/)' },
    },
    {
      name: 'host-is-a-process',
      comment: 'Of the PTY host, others import only how it is spoken to.',
      severity: 'error',
      from: { path: '^src/(?!pty-host/)', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/pty-host/(?!wire/)' },
    },
    {
      name: 'gateways-on-top',
      comment:
        'Gateways use terminal-connection, which uses sessions, which use pty-client. Never the other way, never each other.',
      severity: 'error',
      from: {
        path: '^src/(sessions|pty-client|screen-mirror|auth|users|projects|infrastructure|terminal-connection|circuit-breaker)/',
      },
      to: { path: '^src/(system-terminal|claude-terminal)/' },
    },
    {
      name: 'nobody-imports-monitoring',
      comment: 'Monitoring looks at the others; only the application and the composition of health know it.',
      severity: 'error',
      from: { path: '^src/(?!monitoring/|app\\.module|bootstrap|main|http-surface)', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/monitoring/' },
    },
    {
      name: 'packages-stand-alone',
      comment: 'protocol ← client ← console → emulator-guard, and nothing of the server in any of them.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(src|config)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'require'] },
  },
};
