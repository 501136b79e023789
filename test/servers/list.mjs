import path from 'node:path';

/**
 * Ten servers as people install them (spec/wire.md §2.5). `file` is the entry within the package folder; `args`, `env` and
 * the arguments of calls may depend on the folder that the server works in and on the way it is reached, so that what one
 * way wrote does not meet another. Every call works offline, without a browser; a refusal of the server's own will do.
 * `volatile` names what differs from one answer to the next without any firewall, and why.
 */
export const servers = [
	{
		name: 'everything',
		file: '@modelcontextprotocol/server-everything/dist/index.js',
		calls: () => [
			['echo', { message: 'Grüße, 日本 and \u0000' }],
			['get-sum', { a: 2, b: 0.1 }],
			['get-tiny-image', {}],
			['get-structured-content', { location: 'Chicago' }],
			['no-such-tool', {}],
		],
	},
	{
		name: 'filesystem',
		file: '@modelcontextprotocol/server-filesystem/dist/index.js',
		args: folder => [folder],
		calls: folder => [
			['list_directory', { path: folder }],
			['read_text_file', { path: path.join(folder, 'readme.md') }],
			['read_text_file', { path: path.join(folder, 'missing.md') }],
		],
	},
	{
		name: 'memory',
		file: '@modelcontextprotocol/server-memory/dist/index.js',
		env: (folder, way) => ({ MEMORY_FILE_PATH: path.join(folder, `memory-${way}.jsonl`) }),
		calls: () => [
			[
				'create_entities',
				{ entities: [{ name: 'tide', entityType: 'thing', observations: ['rises', 'falls'] }] },
			],
			['read_graph', {}],
		],
	},
	{
		name: 'thinking',
		file: '@modelcontextprotocol/server-sequential-thinking/dist/index.js',
		calls: () => [
			['sequentialthinking', { thought: 'First', nextThoughtNeeded: true, thoughtNumber: 1, totalThoughts: 2 }],
		],
	},
	{
		name: 'playwright',
		file: '@playwright/mcp/cli.js',
		args: () => ['--headless', '--executable-path', '/no/such/browser'],
		calls: () => [['browser_navigate', { url: 'about:blank' }]],
	},
	{
		name: 'git',
		file: '@cyanheads/git-mcp-server/dist/index.js',
		calls: folder => [['git_status', { path: path.join(folder, 'no-repository') }]],
	},
	{
		name: 'chrome',
		file: 'chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js',
		args: () => ['--headless', '--executablePath', '/no/such/browser', '--no-usage-statistics'],
		calls: () => [['list_pages', {}]],
	},
	{
		name: 'eslint',
		file: '@eslint/mcp/src/mcp-cli.js',
		calls: folder => [['lint-files', { filePaths: [path.join(folder, 'tides.js')] }]],
	},
	{
		name: 'sqlite',
		file: 'mcp-server-sqlite-npx/dist/index.js',
		args: folder => [path.join(folder, 'empty.db')],
		calls: () => [
			['list_tables', {}],
			['read_query', { query: 'SELECT 40 + 2 AS answer' }],
		],
		native: 'sqlite3/build/Release/node_sqlite3.node',
	},
	{
		name: 'fetch',
		file: 'fetch-mcp/cli.js',
		// Port 9 of this machine: nobody listens there.
		calls: () => [['fetch_url', { url: 'http://127.0.0.1:9/' }]],
	},
];
