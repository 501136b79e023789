/** The floors of ARCHITECTURE.md: imports point down only. */
const only = (name, from, to, comment) => ({ name, comment, severity: 'error', from: { path: from }, to });

module.exports = {
	forbidden: [
		only('no-circular', '^src/', { circular: true }, 'A circle means that the design is wrong.'),
		only('base-is-the-ground', '^src/base/', { path: '^src/(?!base/)' }, 'base imports no other room.'),
		only('domain-is-pure', '^src/domain/', { path: '^src/(?!base/|domain/)' }, 'domain imports base only.'),
		only(
			'firewall-floor',
			'^src/firewall/',
			{ path: '^src/(?!base/|domain/|firewall/)' },
			'ports are declared here.',
		),
		only('proxy-floor', '^src/proxy/', { path: '^src/(?!base/|domain/|firewall/|proxy/)' }, 'proxy looks down.'),
		only(
			'storage-floor',
			'^src/storage/',
			{ path: '^src/(?!base/|domain/|firewall/|storage/)' },
			'storage looks down.',
		),
		only('webview-sees-shared', '^src/webview/', { path: '^src/(?!webview/|shared/)' }, 'The panel is DOM only.'),
		only(
			'shared-is-types',
			'^src/shared/',
			{ path: '^src/(?!shared/|domain/|base/)' },
			'The contract sees the domain.',
		),
		only(
			'vscode-room',
			'^src/vscode/',
			{ path: '^src/(cli|webview)/|^src/(extension|cli|compose|connect)\\.ts' },
			'adapters',
		),
		only(
			'guard-room',
			'^src/guard(/|\\.ts$)',
			{ path: '^src/(?!base/|domain/|proxy/|storage/|guard/)' },
			'for authors of MCP servers: nothing of the editor, nothing of the path of our own calls',
		),
		only(
			'cli-room',
			'^src/cli/',
			{ path: '^src/(vscode|webview)/|^src/(extension|cli|connect)\\.ts' },
			'headless commands',
		),
		{
			name: 'vscode-only-in-its-room',
			severity: 'error',
			from: { path: '^src/', pathNot: '^src/(vscode/|extension\\.ts)' },
			to: { path: '^vscode$' },
		},
		{
			name: 'node-only-where-io-is',
			severity: 'error',
			from: {
				path: '^src/',
				pathNot: '^src/(proxy|storage|cli|vscode|guard)/|^src/(extension|cli|compose|connect|verifyTrail)\\.ts',
			},
			to: { dependencyTypes: ['core'] },
		},
		{
			name: 'mcp-sdk-in-one-file',
			severity: 'error',
			from: { path: '^src/', pathNot: '^src/proxy/upstream/oauth(SignIn|Flow)\\.ts$' },
			to: { path: '@modelcontextprotocol/sdk' },
		},
		{
			name: 'sqljs-in-one-file',
			severity: 'error',
			from: { path: '^src/', pathNot: '^src/storage/sqlite\\.ts$' },
			to: { path: 'sql\\.js' },
		},
		{
			name: 'not-to-dev-dep',
			severity: 'error',
			from: { path: '^src/' },
			to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['import', 'require', 'node', 'default', 'types'],
		},
	},
};
