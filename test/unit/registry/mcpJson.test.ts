import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMcpJson } from '../../../src/domain/registry/mcpJson';

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
		['{"url":"https://x"}', /URL/],
		['{"type":"http","url":"https://x"}', /URL/],
		['{"type":"sse"}', /URL/],
		['{"command":"x","env":{"A":"${input:key}"}}', /\$\{input/],
		['{"command":"x","args":["${command:pick}"]}', /\$\{command/],
		['{"command":"x","args":["${file}"]}', /variable/],
		['{"command":"x","args":["${env:${userHome}}"]}', /variable/],
		['{"command":"x","envFile":".env"}', /environment file/],
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
