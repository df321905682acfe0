/** The house plan as rules: arrows run downwards only (apps -> packages), and rooms keep to themselves. */
const pure = '^packages/(face|liveness|camera|simulator)/';
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle means two rooms are one.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'packages-know-no-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(apps|e2e|bench|eval|tools)/' },
    },
    {
      name: 'apps-know-no-other-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'web-apps-use-contract-and-ui-only',
      severity: 'error',
      from: { path: '^apps/(kiosk|wallet|console)/' },
      to: { path: '^packages/', pathNot: '^packages/(contract|ui)/' },
    },
    {
      name: 'ui-and-contract-stand-alone',
      severity: 'error',
      from: { path: '^packages/(ui|contract)/' },
      to: { path: '^packages/', pathNot: '^packages/(ui|contract)/' },
    },
    {
      name: 'sdk-knows-the-contract-only',
      severity: 'error',
      comment: 'It runs in a merchant’s software, where nothing of the platform is.',
      from: { path: '^packages/sdk/' },
      to: { path: '^packages/', pathNot: '^packages/(sdk|contract)/' },
    },
    {
      name: 'ledger-knows-money-only',
      severity: 'error',
      from: { path: '^packages/ledger/' },
      to: { path: '^packages/', pathNot: '^packages/(ledger|postgres)/' },
    },
    {
      name: 'postgres-knows-no-other-room',
      severity: 'error',
      from: { path: '^packages/postgres/' },
      to: { path: '^packages/', pathNot: '^packages/postgres/' },
    },
    {
      name: 'face-rooms-touch-no-database',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(ledger|postgres|contract|ui)/|node_modules/(pg|fastify|ws)/' },
    },
    {
      name: 'face-rooms-touch-no-network',
      severity: 'error',
      from: { path: pure, pathNot: '\\.test\\.ts$' },
      to: { path: '^(node:)?(http|https|net|dgram|tls|http2)$' },
    },
    {
      name: 'domains-meet-through-services',
      severity: 'error',
      comment: 'A domain uses another through its service, never its store.',
      from: { path: '^apps/server/src/([^/]+)/' },
      to: { path: '^apps/server/src/[^/]+/store\\.ts$', pathNot: '^apps/server/src/$1/' },
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[.](css|svg|woff2)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // swc, as it is called here, cannot read JSX; the pages' other modules are read.
    exclude: { path: '(^|/)dist/|[.]tsx$' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
