import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { auditExportRoom } from '../../../src/cli/auditExport';
import { AUDIT_ROOM } from '../../../src/cli/auditRoom';
import { connectRoom } from '../../../src/cli/connectRoom';
import { gatewayRoom } from '../../../src/cli/gatewayRoom';
import { inspectRoom } from '../../../src/cli/inspect';
import { policyRoom } from '../../../src/cli/policyRoom';
import { PROBE_ROOM } from '../../../src/cli/probe';
import { registryRoom } from '../../../src/cli/registryRoom';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
	.filter(name => name.endsWith('.md'))
	.map(name => join('docs', name));
const pages = [...docs, 'README.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'policies/README.md'];
const text = (page: string) => readFileSync(join(root, page), 'utf8');

interface Manifest {
	readonly scripts: Readonly<Record<string, string>>;
	readonly contributes: {
		readonly commands: readonly { readonly command: string; readonly title: string }[];
		readonly configuration:
			| { readonly properties: Readonly<Record<string, unknown>> }
			| readonly { readonly properties: Readonly<Record<string, unknown>> }[];
		readonly walkthroughs?: readonly { readonly id: string }[];
	};
}
const manifest = JSON.parse(text('package.json')) as Manifest;
const words = JSON.parse(text('package.nls.json')) as Readonly<Record<string, string>>;
const { commands, configuration } = manifest.contributes;
const settings = [configuration].flat().flatMap(({ properties }) => Object.keys(properties));

/** GitHub's name of a heading. */
const anchor = (heading: string) =>
	heading
		.replaceAll('`', '')
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, '')
		.replaceAll(' ', '-');
const anchorsOf = (page: string) =>
	[...withoutCode(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchor(heading));
const withoutCode = (page: string) => text(page).replace(/^```[\s\S]*?^```/gm, '');

const unused = (): never => {
	throw new Error('only the help is read');
};
/** Commands and flags that the command line knows, from its own help. */
const help = [
	...policyRoom(''),
	...AUDIT_ROOM,
	...auditExportRoom({ loadWasm: unused, record: unused }),
	...registryRoom(unused),
	...gatewayRoom(unused, ''),
	...connectRoom(unused, ''),
	...PROBE_ROOM,
	...inspectRoom(process.stdin),
]
	.map(command => command.help)
	.join('\n');

describe.each(pages)('%s', page => {
	it('has relative links that lead somewhere, headings too', () => {
		const broken = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
			.map(([, target = '']) => target)
			.filter(target => !/^[a-z]+:/.test(target))
			.filter(target => {
				const [path = '', heading] = target.split('#');
				const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
				const isThere = file.startsWith(root.slice(0, -1)) && existsSync(file);
				return !isThere || (heading !== undefined && !anchorsOf(relative(root, file)).includes(heading));
			});
		expect(broken).toEqual([]);
	});
	it('names settings, commands and context keys that there are', () => {
		const ids = new Set([...settings, ...commands.map(({ command }) => command)]);
		const named = [...text(page).matchAll(/\bmcpFirewall\.[A-Za-z]+(?:\.[A-Za-z]+)*(\.\*)?/g)].map(([id]) => id);
		const groups = named.filter(id => id.endsWith('.*')).map(id => id.slice(0, -1));
		expect(groups.filter(group => ![...ids].some(id => id.startsWith(group)))).toEqual([]);
		expect(named.filter(id => !id.endsWith('.*') && !ids.has(id))).toEqual([]);
	});
	it('names npm scripts that there are', () => {
		const named = [...text(page).matchAll(/npm run ([a-z][a-z:]*[a-z0-9]+)/g)].map(([, name = '']) => name);
		expect(named.filter(name => manifest.scripts[name] === undefined)).toEqual([]);
	});
	it('names headless commands and flags that there are', () => {
		for (const line of text(page).matchAll(
			/\bmcp-firewall ((?:policy|audit|registry) [a-z]+|gateway|connect|probe|inspect)\b([^`\n|]*)/g,
		)) {
			const [all, command = '', rest = ''] = line;
			expect(help, all).toContain(command);
			const own = rest.split(' -- ')[0] ?? '';
			for (const [flag] of own.matchAll(/(?<=\s)--[a-z][a-z-]+/g)) {
				expect(help, `${command}: ${flag}`).toContain(flag);
			}
		}
	});
});

describe('docs', () => {
	it.each(docs)('%s names files of the project that there are', page => {
		const named = [...text(page).matchAll(/`((?:src|test|scripts|bench|policies|docs|dist)\/[\w./-]+)`/g)].map(
			([, path = '']) => path,
		);
		expect(named.filter(path => !path.startsWith('dist/') && !existsSync(join(root, path)))).toEqual([]);
	});
	it.each(docs)('%s names commands by their titles', page => {
		const titles = new Set(commands.map(({ title }) => words[title.replaceAll('%', '')]));
		const named = [...text(page).matchAll(/\*\*MCP Firewall: ([^*]+)\*\*/g)].map(([, title = '']) => title);
		expect(named.filter(title => !titles.has(title))).toEqual([]);
	});
	it('every page is found from the index', () => {
		const index = text('docs/README.md');
		const missing = docs.filter(
			page => page !== 'docs/README.md' && !index.includes(`(${relative('docs', page)})`),
		);
		expect(missing).toEqual([]);
	});
	it('no document is empty, and none is larger than a reader takes', () => {
		for (const page of docs) {
			expect(statSync(join(root, page)).size, page).toBeGreaterThan(500);
		}
	});
});
