import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestJson } from '../../../src/base/digest';
import { powerOf } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { compareSupply } from '../../../src/domain/registry/compareSupply';
import { inventoryOf } from '../../../src/domain/registry/inventory';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { folderOfOrigin, originPlaces } from '../../../src/domain/registry/originPlaces';
import { placedId } from '../../../src/domain/registry/placedServer';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { shimmedServer } from '../../../src/domain/registry/shimSigns';
import { type PinnedFile, type SupplyPin } from '../../../src/domain/registry/supplyPin';
import { findServers } from '../../../src/storage/inventoryFiles';
import { folderOf } from '../../../src/vscode/mcpFiles';
import { isPolicyFile } from '../../../src/vscode/policyDocument';
import { aServerEntry } from '../support/serverEntries';

/** As `uri.fsPath` of the editor says it, and as everybody else does. */
const [EDITOR, OTHERS] = ['c:\\ws', 'C:\\ws'];

describe('a place on Windows is the same in the editor’s spelling and in that of others', () => {
	it('C7 Claude Code names its projects with slashes and a capital drive: their servers are found', async () => {
		const home = await mkdtemp(join(tmpdir(), 'mcp-firewall-claude-'));
		onTestFinished(() => rm(home, { recursive: true, force: true }));
		const mcpServers = { db: { command: 'db' } };
		const projects = { 'C:/ws': { mcpServers }, 'C:/else': { mcpServers } };
		await writeFile(join(home, '.claude.json'), JSON.stringify({ projects }));
		const place = { kind: 'claude' as const, file: join(home, '.claude.json'), within: home, folder: EDITOR };
		const { found } = await findServers([place]);
		expect(found.map(each => [each.server.at, each.place.folder])).toEqual([
			[['projects', 'C:/ws', 'mcpServers'], EDITOR],
		]);
	});

	it('C7 the file of an open home folder counts once', () => {
		const host = { platform: 'win32', home: 'C:\\Users\\p', env: {}, folders: ['c:\\Users\\p'], userFolders: [] };
		const places = originPlaces({ ...host, remote: false });
		const cursors = places.filter(({ file }) => file.endsWith('\\.cursor\\mcp.json'));
		expect(cursors).toHaveLength(1);
		expect(folderOfOrigin({ kind: 'cursor', file: cursors[0]!.file }, host.home)).toBeUndefined();
	});

	it('a server of an open folder belongs to this window', () => {
		const of = (file: string) => folderOf(aServerEntry({ origin: { kind: 'project', file } }), [EDITOR], {});
		expect(of(`${OTHERS}\\.mcp.json`)).toEqual({ folder: EDITOR });
		expect(of('C:\\else\\.mcp.json')).toBe('elsewhere');
	});

	it('a launch of a folder is one server however the folder is spelled, and coverage counts it once', () => {
		const launch: Launch = { kind: 'stdio', command: 'db', args: ['${workspaceFolder}'], env: [] };
		const at = (folder: string) => ({ kind: 'project', file: `${folder}\\.mcp.json` }) as const;
		const home = 'C:\\Users\\p';
		const of = (folder: string, ...entries: readonly ServerEntry[]) =>
			placedId(launch, at(folder), { registered: entries, home });
		const plain = aServerEntry({ launch, origin: at(OTHERS) });
		expect(of(EDITOR, plain)).toEqual({ id: plain.id });
		const other = aServerEntry({ launch, origin: at('c:\\else') });
		const ids = ['c:\\ws', 'C:\\ws', 'C:/WS'].map(folder => of(folder, other).id);
		expect([new Set(ids).size, ids[0] === other.id]).toEqual([1, false]);
		const bound = aServerEntry({ launch, origin: at(OTHERS), boundTo: OTHERS, id: serverIdOf(launch, OTHERS) });
		expect(of(EDITOR, other, bound).id).toBe(bound.id);

		const server = { name: 'db', launch, values: {}, inputs: [], line: 1 };
		const found = ['c:\\ws', 'C:\\ws'].map(folder => ({
			server,
			place: { ...at(folder), within: folder, folder },
		}));
		const { items } = inventoryOf(
			{ found, problems: [] },
			[],
			{ files: [], programs: [] },
			{ registered: [], home },
		);
		expect(items.map(({ id }) => id)).toEqual([serverIdOf(launch)]);
		// Elsewhere two spellings are two places, and ids are what they were.
		expect(serverIdOf(launch, '/Ws')).toBe(digestJson({ ...launch, cwd: null, boundTo: '/Ws' }));
	});

	it('our shim is known by its file', () => {
		const id = serverIdOf({ kind: 'stdio', command: 'x', args: [], env: [] });
		const signs = { files: ['C:\\Users\\p\\connect.cjs'], programs: ['C:\\Code\\Code.exe'] };
		const launch = (file: string) =>
			shimmedServer({ kind: 'stdio', command: 'c:/Code/Code.exe', args: [file, id], env: [] }, signs);
		expect(launch('c:\\users\\p\\connect.cjs')).toBe(id);
		expect(launch('c:\\users\\q\\connect.cjs')).toBeUndefined();
	});

	it('C2 a pin holds in the window and without it, and still tells another text', () => {
		const pin = (path: string, digest = 'a'.repeat(64)): SupplyPin => {
			const files: PinnedFile[] = [
				{ role: 'executable', path: 'C:\\n\\node.exe', digest: 'e'.repeat(64) },
				{ role: 'registry', path, digest },
			];
			return { source: { kind: 'path', name: 'x' }, files, gaps: [] };
		};
		const before = pin(`${EDITOR}\\.npmrc`);
		expect(compareSupply(before, pin(`${OTHERS}\\.npmrc`))).toEqual([]);
		const [difference] = compareSupply(before, pin(`${OTHERS}\\.npmrc`, 'b'.repeat(64)));
		expect(difference?.reason).toBe('registry_changed');
		expect(compareSupply(before, pin('C:\\else\\.npmrc'))).not.toEqual([]);
	});

	it('INV-4 what a person trusted in the editor counts headless, for that very text alone', () => {
		const file = (folder: string) => `${folder}\\.vscode\\mcp-firewall.yaml`;
		const text = 'version: 1\nmode: enforce\nallow:\n  - { id: r, capability: filesystem.read }\n';
		const load = parsePolicy(text, file(OTHERS));
		expect(load.problems).toEqual([]);
		const powerWith = (trusted: string, digest: string) =>
			powerOf(
				{ kind: 'workspace', load },
				{
					...{ workspaceTrusted: true, trustedDigests: new Set<string>() },
					trustedFiles: new Map([[trusted, digest]]),
				},
			);
		expect(powerWith(file(EDITOR), load.digest)).toBe('grants');
		expect(powerWith(file(EDITOR), 'f'.repeat(64))).toBe('tightens');
		expect(powerWith(file('c:\\else'), load.digest)).toBe('tightens');
	});

	it('a document of the editor is the policy that is in force', () => {
		expect(isPolicyFile(`${EDITOR}\\own.yaml`, [`${OTHERS}\\own.yaml`])).toBe(true);
		expect(isPolicyFile(`${EDITOR}\\own.yaml`, [`${OTHERS}\\other.yaml`])).toBe(false);
	});
});
