/** One policy for each key of the language, as the documentation shows them. */
export const EXAMPLES: readonly (readonly [string, string])[] = [
	[
		'hosts',
		`deny:
  - capability: network.*
    hosts: [private, link-local, loopback]
allow:
  - capability: network.request
    hosts: [api.example.com, '*.example.org', 'https://files.example.net:8443']
`,
	],
	[
		'args',
		`allow:
  - capability: payments.transfer
    args:
      /amount: {range: {min: 0, max: 1000}}
      /currency: {one_of: [EUR, USD]}
  - capability: shell.execute
    args:
      /command: {matches: 'ls|pwd|git status'}
      /cwd: {equals: /srv/app}
      /note: {max_length: 200}
`,
	],
	[
		'texts',
		`deny:
  - capability: '*'
    match_regex: 'AKIA[0-9A-Z]{16}'
  - capability: network.send
    match_keywords: [confidential, internal only]
require_approval:
  - capability: memory.write
    contains: always
    approval: {timeout: 120, scopes: [once, session]}
`,
	],
	[
		'session',
		`deny:
  - capability: network.*
    labels: [secret]
require_approval:
  - capability: github.write
    limits: {calls_per_minute: 5, calls_per_session: 50, bytes_per_session: 1000000}
allow:
  - capability: memory.read
    trust_level: 2
    until: 2027-01-31
  - capability: compute.run
    until: 2027-01-31T18:00:00+01:00
`,
	],
	[
		'direction',
		`deny:
  - {capability: client.sampling, direction: server}
require_approval:
  - {capability: client.elicitation, direction: server}
allow:
  - {capability: client.roots, direction: server}
`,
	],
	[
		'instead of',
		`require_approval:
  - {id: write, capability: filesystem.write, path_prefix: '\${workspaceFolder}'}
allow:
  - {capability: filesystem.write, path_prefix: '\${workspaceFolder}/docs', instead_of: [write]}
  - {capability: filesystem.write, path_prefix: '\${workspaceFolder}/notes', instead_of: write}
`,
	],
	['CapFence', "deny:\n  - {capability: filesystem.read, tool_name: 'read_*', contains: secret}\n"],
];

/** A policy in which every key of an approval stands. */
export const EVERYTHING = `policy_name: All
version: 1
description: x
mode: enforce
methods: strict
composition: deny
capabilities:
  notes/add/note: notes.write
identity:
  mode: strict
  min_trust_level: 1
  require_badge: true
  allowed_tools: ['add*', get]
  denied_tools: 'delete_*'
  servers: {'local-*': {min_trust_level: '0', allowed_tools: []}}
  capabilities: {'*.delete': {min_trust_level: 3}, notes.*: {require_badge: false}}
  tools: {notes/add: {min_trust_level: 4, denied_tools: [x]}}
settings:
  preset: strict
  policyFile: /etc/mcp-firewall/everybody.yaml
  prompts: both
  approvalSurface: panel
  approvalTimeout: 60
  notices: true
  audit.paramsHash: false
  audit.durability: synced
  audit.gitNotes: true
  audit.otlpEndpoint: https://otel.example.com/v1/traces
  audit.retentionDays: 0
  audit.retentionMegabytes: 4096
  identity.trustedIssuers: [{origin: 'https://ca.example.com', maxLevel: '2'}]
  identity.acceptLevelZero: false
  identity.trustedKeys: []
  identity.offline: true
  identity.maxStaleness: 60
  identity.audience: acme
  decisionService.url: ''
  decisionService.kind: opa
  breakGlass.keys: [{kty: OKP, crv: Ed25519, x: s5slCarBnx9nFkrZq-oFpNaJZEgf3ZblJpd87351kFE}]
  grants.session: false
  grants.workspace: false
  grants.maxHours: 4
  releaseWithheld: false
  allowedServers: [{serverName: notes}, {serverUrl: 'https://*.example.com/*'}]
  deniedServers: [{serverCommand: [npx, -y, evil]}]
require_approval:
  - id: one
    description: Notes.
    capability: notes.*
    path_prefix: ~/notes
    paths: ['**/*.md']
    servers: notes
    tools: ['add*', get]
    hosts: public
    args: {/a/0: {equals: 5}, /b~1c: {one_of: [1, true, x]}, /command: {programs: [ls, 'git status']}}
    contains: "two\\nlines"
    match_keywords: [x, y]
    match_regex: a+b
    labels: [untrusted, secret]
    trust_level: 0
    direction: client
    limits: {calls_per_minute: 1}
    approval: {timeout: 60, scopes: [once]}
    until: '2027-01-31'
    reason: note_taking
`;
