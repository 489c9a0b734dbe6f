/** The one-way flow of DESIGN section 2: environments -> lib -> stacks; the synth path never loads Pulumi. */
const noPulumi = (folder) => ({
  name: `${folder}-never-loads-pulumi`,
  severity: 'error',
  comment: 'loading the synth path costs 0.15 s, loading Pulumi 0.8 s',
  from: { path: `^lib/${folder}/` },
  to: { path: 'node_modules/@pulumi/', reachable: true },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'catalog-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^lib/catalog/' },
      to: { path: '^(lib|environments|stacks|imports|test)/', pathNot: '^lib/catalog/' },
    },
    {
      name: 'lib-never-imports-stacks',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(stacks|test|environments)/' },
    },
    {
      name: 'environments-import-only-the-catalog',
      severity: 'error',
      from: { path: '^environments/' },
      to: { path: '^(stacks|test)/' },
    },
    {
      name: 'rotation-never-loads-the-cli',
      severity: 'error',
      comment: 'programs that import nivesh-secrets/rotation have no command line',
      from: { path: '^lib/rotation/' },
      to: { path: '^lib/cli/', reachable: true },
    },
    ...['kubernetes', 'sealing', 'dotenv', 'check', 'audit', 'scanning', 'values'].map(noPulumi),
    {
      name: 'cdk8s-validation-never-loads-pulumi',
      severity: 'error',
      from: { path: '^lib/guardrails/cdk8s-validation' },
      to: { path: 'node_modules/@pulumi/', reachable: true },
    },
    {
      name: 'manifests-never-load-pulumi',
      severity: 'error',
      from: { path: '^stacks/manifests' },
      to: { path: 'node_modules/@pulumi/', reachable: true },
    },
    {
      name: 'only-components-import-pulumi',
      severity: 'error',
      from: {
        path: '^(lib|stacks|environments)/',
        pathNot:
          '^(lib/(vault|operators|embedded|stack)/|lib/guardrails/(policies|policy-pack|pulumi-objects)\\.ts|stacks/index\\.ts)',
      },
      to: { path: 'node_modules/@pulumi/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^build/' },
  },
};
