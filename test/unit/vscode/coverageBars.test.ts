import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type FoundInventory } from '../../../src/domain/registry/inventory';
import { Coverage } from '../../../src/vscode/coverage';
import { barsHere } from '../../../src/vscode/serverListsHere';

const NOWHERE = { registered: [], home: '/home/p' };

const editor = vi.hoisted<{ reads: number; values: Record<string, unknown> }>(() => ({ reads: 0, values: {} }));

vi.mock('vscode', () => ({
	version: '1.139.1',
	workspace: {
		getConfiguration: () => ({
			get: (key: string) => {
				editor.reads++;
				return editor.values[key];
			},
			inspect: (key: string) => {
				editor.reads++;
				return { globalValue: editor.values[key] };
			},
		}),
	},
}));

beforeEach(() => {
	editor.reads = 0;
	editor.values = {};
});
const open: { dispose(): void }[] = [];
afterEach(() => {
	for (const each of open.splice(0)) {
		each.dispose();
	}
});

/** Definitions of so many servers in a file that VS Code alone reads. */
function found(names: readonly string[]): FoundInventory {
	const place = { kind: 'user', file: '/home/me/User/mcp.json', within: '/home/me/User' } as const;
	return {
		problems: [],
		found: names.map((name, index) => ({
			place,
			server: {
				...{ name, values: {}, inputs: [], line: index + 1 },
				launch: { kind: 'stdio', command: 'node', args: [name], env: [] },
			},
		})),
	};
}

function coverage() {
	const finds = new Emitter<FoundInventory>();
	const made = new Coverage({
		...{
			onDidFind: finds.event,
			entries: () => [],
			placing: () => NOWHERE,
			mayTell: () => false,
			signs: { files: [], programs: [] },
		},
		...{ bars: barsHere, isTrusted: () => true, memory: { get: () => [], set: () => Promise.resolve() } },
		...{ tell: () => Promise.resolve(undefined), guard: () => Promise.resolve() },
	});
	open.push(made, finds);
	const pass = (names: readonly string[]) => {
		editor.reads = 0;
		finds.fire(found(names));
		return made.inventory.items.map(({ name, coverage: how, why }) => [name, how, why === undefined]);
	};
	return { made, pass };
}

describe('lists of servers and coverage', () => {
	it('the lists are read once for a pass, however many definitions there are', () => {
		editor.values = { deniedServers: [{ serverName: 'b' }] };
		const { pass } = coverage();
		expect(pass(['a'])).toEqual([['a', 'unguarded', true]]);
		const one = editor.reads;
		expect(one).toBeGreaterThan(0);
		expect(pass('abcdefgh'.split('')).filter(([, how]) => how !== 'unguarded')).toEqual([['b', 'inactive', false]]);
		expect(editor.reads).toBe(one);
	});

	it('nothing is read where nothing is asked', () => {
		const { pass } = coverage();
		expect(pass([])).toEqual([]);
		expect(editor.reads).toBe(0);
	});

	it('a list that came or went counts at the next pass', () => {
		const { made, pass } = coverage();
		expect(pass(['a'])).toEqual([['a', 'unguarded', true]]);
		editor.values = { allowedServers: [] };
		expect(pass(['a'])).toEqual([['a', 'unsupported', false]]);
		editor.values = { access: 'none' };
		made.update();
		expect(made.inventory.items).toMatchObject([{ name: 'a', coverage: 'inactive' }]);
		editor.values = {};
		made.update();
		expect(made.inventory.items).toMatchObject([{ name: 'a', coverage: 'unguarded' }]);
	});
});
