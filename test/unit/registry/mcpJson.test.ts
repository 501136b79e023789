import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerOrigin } from '../../../src/domain/registry/serverEntry';
import { readMcpJson } from '../../../src/domain/registry/mcpJson';

const S = { s: { command: 'srv' } };
const FILE = '/ws/.vscode/mcp.json';
const one = (definition: string) => readMcpJson(`{"servers":{"s":${definition}}}`, FILE).servers[0]!;

describe('readMcpJson', () => {
	it.each([
		['{"servers": {', 1],
		['{\n"servers": {\n"a": ]}}', 3],
		['[]', 1],
		['{"servers": []}', 1],
		['{"servers": {}, "servers": {}}', 1],
		['['.repeat(100_000), 1],
		['{"servers": {}} trailing', 1],
		[' '.repeat(2_000_000) + '{}', 1],
	])('names the line of what is no mcp.json: %.40s', (text, line) => {
		const { servers, problems } = readMcpJson(text, FILE);
		expect(servers).toEqual([]);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatchObject({ file: FILE, line });
	});

	it.each([
		['{"type":"sse"}', /malformed/],
		['{"type":"stdio","url":"https://x"}', /malformed/],
		['{"url":"https://x","command":"x"}', /malformed/],
		['{"url":"https://x","serverUrl":"https://y"}', /malformed/],
		['{"url":"https://x","headers":{"A":"1","a":"2"}}', /malformed/],
		['{"url":"https://x","headers":{"A":"1\\r\\nB: 2"}}', /malformed/],
		['{"url":"https://x","headers":{"A B":"1"}}', /malformed/],
		['{"url":"https://x","headers":["A"]}', /malformed/],
		['{"url":"https://x","headersHelper":"/bin/x"}', /program/],
		['{"url":"unix:///run/x.sock"}', /neither http nor https/],
		['{"url":"file:///etc/passwd"}', /neither http nor https/],
		['{"url":"http://example.com/mcp"}', /only https/],
		['{"url":"http://127.0.0.1.example.com/mcp"}', /only https/],
		['{"url":"http://localhost:80@example.com/"}', /name or a password/],
		['{"url":"https://me:secret@example.com/"}', /name or a password/],
		['{"command":"x","env":{"A":"${input:key}"}}', /\$\{input/],
		['{"command":"x","env":{"A":"${credential:key}"}}', /variable/],
		['{"command":"x","args":["${command:pick}"]}', /\$\{command/],
		['{"command":"x","args":["${file}"]}', /variable/],
		['{"command":"x","args":["${env:${userHome}}"]}', /variable/],
		['{"command":"x","envFile":"${file}"}', /variable/],
		['{"command":"x","envFile":1}', /malformed/],
		['{"command":"x","sandboxEnabled":true}', /sandbox/],
		['{"command":"x","dev":{}}', /development/],
		['{"command":"x","command":"y"}', /malformed/],
		['{"command":"x","env":{"A":"1","A":"2"}}', /malformed/],
		['{"command":"x","env":{"A":null}}', /malformed/],
		['{"command":"x","env":{"A=B":"1"}}', /malformed/],
		['{"command":"x","env":{"__proto__":"1"}}', /malformed/],
		['{"command":"x\\u0000y"}', /malformed/],
		['{"command":""}', /malformed/],
		['{"command":["x"]}', /malformed/],
		['{"command":"x","args":"y"}', /malformed/],
		['{"command":"x","args":["y",1]}', /malformed/],
		['{"command":"x","cwd":1}', /malformed/],
		['{"type":"other","command":"x"}', /malformed/],
		['null', /malformed/],
		['{}', /malformed/],
	])('says why %s cannot be guarded', (definition, why) => {
		const server = one(definition);
		expect(server.launch).toBeUndefined();
		expect(server.values).toEqual({});
		expect(server.unsupported).toMatch(why);
	});

	it.each([
		['.vscode/mcp.json', 'workspace', 'servers', true],
		['a.code-workspace', 'code-workspace', 'mcp.servers', true],
		['.mcp.json', 'project', 'mcpServers', false],
		['claude_desktop_config.json', 'claude', 'mcpServers', false],
	] as const)('takes the name of a folder in %s as VS Code does, if that reads it so', (file, kind, key, taken) => {
		const [outer, inner] = key.split('.');
		const servers = { a: { command: 'x', args: ['${workspaceFolder:api}'] } };
		const text = JSON.stringify({ settings: { mcp: { servers } }, [outer!]: inner === undefined ? servers : {} });
		const [server] = readMcpJson(text, `/ws/${file}`, kind).servers;
		expect(server?.launch !== undefined && 'args' in server.launch && server.launch.args).toEqual(
			taken && ['${workspaceFolder:api}'],
		);
	});

	it.each([
		['.vscode/mcp.json', 'workspace', 'servers', true],
		['.mcp.json', 'project', 'mcpServers', false],
	] as const)(
		'of a variable that is not known in %s, says which are, among them folders by name where it reads them',
		(file, kind, key, named) => {
			const text = JSON.stringify({ [key]: { a: { command: 'x', args: ['${config:x}'] } } });
			const why = readMcpJson(text, `/ws/${file}`, kind).servers[0]?.unsupported;
			expect(why).toContain('other than ${workspaceFolder}, ');
			expect(why?.includes('${workspaceFolder:NAME}')).toBe(named);
		},
	);

	it('refuses names that look like others and names that occur twice', () => {
		const text =
			'{"servers":{"a\\u202eb":{"command":"x"}," a":{"command":"x"},"t":{"command":"x"},"t":{"command":"y"}}}';
		expect(readMcpJson(text, FILE).servers.map(server => server.unsupported)).toEqual([
			'Its name cannot be shown plainly.',
			'Its name cannot be shown plainly.',
			'Its name occurs more than once in the file.',
			'Its name occurs more than once in the file.',
		]);
	});

	it('reads a launch with its variables kept, values apart', () => {
		const text = [
			'\uFEFF{ // my servers',
			'\t"inputs": [],',
			'\t"servers": {',
			'\t\t/* files */ "files": {',
			'\t\t\t"type": "stdio", "command": "npx", "args": ["-y", "server", "${workspaceFolder}"],',
			'\t\t\t"env": { "TOKEN": "${env:TOKEN}", "PORT": 8080 }, "cwd": "${userHome}/x", "sandboxEnabled": false,',
			'\t\t},',
			'\t},',
			'}',
		].join('\r\n');
		expect(readMcpJson(text, FILE)).toEqual({
			problems: [],
			servers: [
				{
					name: 'files',
					line: 4,
					launch: {
						kind: 'stdio',
						command: 'npx',
						args: ['-y', 'server', '${workspaceFolder}'],
						cwd: '${userHome}/x',
						env: ['TOKEN', 'PORT'],
					},
					values: { TOKEN: '${env:TOKEN}', PORT: '8080' },
					inputs: [],
				},
			],
		});
	});

	it.each([
		['https://x/mcp', 'http'],
		['http://localhost:8080/mcp', 'sse'],
		['http://[::1]/mcp', 'streamable-http'],
		['https://${input:host}/mcp', 'http'],
	])('reads a server at %s, its headers apart', (url, type) => {
		const text = JSON.stringify({
			inputs: [{ id: 'host', type: 'promptString' }],
			servers: { s: { type, url, headers: { Authorization: 'Bearer ${env:T}' } } },
		});
		expect(readMcpJson(text, FILE).servers[0]).toMatchObject({
			launch: { kind: 'http', url, headers: ['Authorization'] },
			values: { Authorization: 'Bearer ${env:T}' },
		});
	});

	it('reads what is asked for, and nothing that another server asks for', () => {
		const text = JSON.stringify({
			inputs: [
				{ id: 'key', type: 'promptString', description: 'A key', password: true },
				{ id: 'env', type: 'pickString', options: ['a', { label: 'B', value: 'b' }], default: 'a' },
				{ id: 'run', type: 'command', command: 'x' },
				{ id: 'two', type: 'promptString' },
				{ id: 'two', type: 'promptString' },
			],
			servers: {
				a: {
					command: 'x',
					args: ['${input:env}'],
					env: { K: '${input:key}' },
					envFile: '${workspaceFolder}/.env',
				},
				b: { command: 'x', args: ['${input:run}'] },
				c: { command: 'x', args: ['${input:two}'] },
				d: { command: 'x', args: ['${input:none}'] },
				e: { command: 'x' },
			},
		});
		const [a, b, c, d, e] = readMcpJson(text, FILE).servers;
		expect(a?.envFile).toBe('${workspaceFolder}/.env');
		expect(a?.inputs).toEqual([
			{ id: 'env', kind: 'pick', default: 'a', options: ['a', 'b'], password: false },
			{ id: 'key', kind: 'prompt', description: 'A key', options: [], password: true },
		]);
		expect(b?.unsupported).toMatch(/command of the editor/);
		expect(c?.unsupported).toMatch(/does not describe/);
		expect(d?.unsupported).toMatch(/does not describe/);
		expect(e?.inputs).toEqual([]);
	});

	it.each<[ServerOrigin['kind'], string, object, readonly string[]]>([
		['code-workspace', '/w/a.code-workspace', { mcp: { servers: S } }, ['mcp', 'servers']],
		[
			'code-workspace',
			'/w/a.code-workspace',
			{ settings: { mcp: { servers: S } } },
			['settings', 'mcp', 'servers'],
		],
		['code-workspace', '/w/a.code-workspace', { settings: { 'mcp.servers': S } }, ['settings', 'mcp.servers']],
		['settings', '/u/settings.json', { mcp: { servers: S } }, ['mcp', 'servers']],
		['settings', '/u/settings.json', { 'mcp.servers': S }, ['mcp.servers']],
		[
			'devcontainer',
			'/w/.devcontainer.json',
			{ customizations: { vscode: { mcp: { servers: S } } } },
			['customizations', 'vscode', 'mcp', 'servers'],
		],
		['project', '/w/.mcp.json', { mcpServers: S }, ['mcpServers']],
		['github', '/w/.github/mcp.json', { mcpServers: S }, ['mcpServers']],
		['copilot', '/h/.copilot/mcp-config.json', { mcpServers: S }, ['mcpServers']],
		['claude', '/h/.claude.json', { mcpServers: S }, ['mcpServers']],
		['claude', '/h/.claude.json', { projects: { '/w': { mcpServers: S } } }, ['projects', '/w', 'mcpServers']],
		['claude', '/c/claude_desktop_config.json', { mcpServers: S }, ['mcpServers']],
		['cursor', '/h/.cursor/mcp.json', { mcpServers: S }, ['mcpServers']],
		['windsurf', '/h/.codeium/windsurf/mcp_config.json', { mcpServers: S }, ['mcpServers']],
	])('C7 finds the server of %s in %s', (kind, file, value, at) => {
		const { servers, problems } = readMcpJson(JSON.stringify(value), file, kind);
		expect(problems).toEqual([]);
		expect(servers).toMatchObject([{ name: 's', at, launch: { kind: 'stdio', command: 'srv' } }]);
	});

	it('reads the variables of each client in its own way', () => {
		const text = JSON.stringify({
			mcpServers: {
				a: { type: 'local', command: '${HOME}/x', args: ['${A:-b}'] },
				b: { serverUrl: 'https://x', headers: { K: '${KEY}' } },
				c: { command: 'x', args: ['${KEY}'], disabled: true },
			},
		});
		const [a, b, c] = readMcpJson(text, '/w/.mcp.json', 'project').servers;
		expect(a?.unsupported).toMatch(/variable/);
		expect(b).toMatchObject({ launch: { kind: 'http' }, values: { K: '${env:KEY}' } });
		expect(c).toMatchObject({ launch: { args: ['${env:KEY}'] } });
		expect(c?.disabled).toBeUndefined();
		const literal = readMcpJson(text, '/c/claude_desktop_config.json', 'claude').servers;
		expect(literal.filter(server => server.launch !== undefined)).toEqual([]);
		expect(readMcpJson(text, '/h/mcp_config.json', 'windsurf').servers[2]?.disabled).toBe(true);
	});

	it('does not guess which of two settings counts', () => {
		const twice = '{"mcp":{"servers":{}},"mcp":{"servers":{"s":{"command":"x"}}}}';
		const { servers, problems } = readMcpJson(twice, '/u/settings.json', 'settings');
		expect(servers).toEqual([]);
		expect(problems).toHaveLength(1);
	});

	it('takes an empty file and a file without servers as none', () => {
		for (const text of ['', '\uFEFF\n', '{}', '{"inputs":[]}']) {
			expect(readMcpJson(text, FILE)).toEqual({ servers: [], problems: [] });
		}
	});

	it('never throws', () => {
		const shapes = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.json().map(json => `{"servers":${json}}`),
			fc.json().map(json => `{"servers":{"s":${json}}}`),
		);
		fc.assert(
			fc.property(shapes, text => void readMcpJson(text, FILE)),
			{ numRuns: 500 },
		);
	});
});
