import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachableIn } from '../../../src/cli/registryReach';
import { auditRegistry } from '../../../src/domain/registry/registryAudit';
import { connectFile } from '../../../src/storage/discoveryPlace';
import { publishHome } from '../../../src/storage/discoveryWriter';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const PROGRAM = '/opt/editor/node';
let root: string;
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), 'registry-reach-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const launchOf = (name: string) => ({ command: 'npx', args: ['-y', `${name}@1.4.2`] });
const registered = Array.from({ length: 12 }, (_, at) => {
	const name = `server-${String(at)}`;
	return aServerEntry({
		...{ name, launch: { kind: 'stdio', ...launchOf(name), env: [] }, tools: [aToolPin({ name: 'read' })] },
		supply: { source: { kind: 'npm', name, version: '1.4.2' }, files: [], gaps: [] },
	});
});

async function write(file: string, value: object): Promise<void> {
	await mkdir(dirname(join(root, file)), { recursive: true });
	await writeFile(join(root, file), JSON.stringify(value));
}

/** What `registry audit` finds, on a machine that lies in a folder of the test. */
async function gaps(): Promise<readonly string[]> {
	const host = { platform: 'linux', home: join(root, 'home'), env: {}, discovery: join(root, 'discovery') };
	const data = join(root, 'home/.config/Code/User/globalStorage/x.mcp-firewall');
	await publishHome(host.discovery, {
		...{ dataDirectory: data, extensionPath: join(root, 'extension'), extensionVersion: '1', updatedAt: 1 },
		program: PROGRAM,
		policy: { base: '/p', organisation: [], required: [], composition: '/c', trustedFiles: {} },
	});
	const reachable = await reachableIn(data, [join(root, 'w')], host)(registered);
	return auditRegistry(registered, reachable).gaps.map(({ server, what }) => `${server}: ${what}`);
}

describe('E1 the search of registry audit', () => {
	const shim = (id: string) => ({ command: PROGRAM, args: [connectFile(join(root, 'discovery')), id] });
	const FILES = [
		['w/.vscode/mcp.json', 'servers'],
		['w/.mcp.json', 'mcpServers'],
		['home/.config/Code/User/mcp.json', 'servers'],
		['home/.cursor/mcp.json', 'mcpServers'],
		['home/.claude.json', 'mcpServers'],
	] as const;

	it('12 servers of five places, all of them guarded, leave no gap: our own shims are none', async () => {
		for (const [at, [file, key]] of FILES.entries()) {
			const own = registered.filter((_entry, index) => index % FILES.length === at);
			await write(file, {
				[key]: key === 'servers' ? {} : Object.fromEntries(own.map(({ name, id }) => [name, shim(id)])),
			});
		}
		expect(await gaps()).toEqual([]);
	});

	it.each(FILES)('a server in %s is a gap: registered or not, it runs past the firewall', async (file, key) => {
		await write(file, { [key]: { back: launchOf('server-3'), stray: launchOf('stray') } });
		const where = `by ${join(root, file)}:1`;
		expect(await gaps()).toEqual([
			`back: can be started past the firewall, ${where}`,
			`stray: is not registered, ${where}`,
		]);
	});

	it('what only looks like our shim is a gap, and so is a file that cannot be read', async () => {
		const [first] = registered;
		await write('home/.cursor/mcp.json', { mcpServers: { fake: { ...shim(first!.id), command: '/tmp/node' } } });
		await mkdir(join(root, 'w/.vscode'), { recursive: true });
		await writeFile(join(root, 'w/.vscode/mcp.json'), '{"servers":');
		const found = await gaps();
		expect(found.some(gap => gap.startsWith('fake: is not registered'))).toBe(true);
		expect(found.some(gap => gap.includes(join(root, 'w/.vscode/mcp.json')))).toBe(true);
	});
});
