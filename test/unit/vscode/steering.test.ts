import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KnownTexts, type SteeringChange, type SteeringText } from '../../../src/domain/registry/steeringChanges';
import { steeringPlaces } from '../../../src/domain/registry/steeringPlaces';
import { Steering } from '../../../src/vscode/steering';
import { ManualClock } from '../support/manualClock';
import { lacks } from '../support/machine';

const noLinks = lacks('links', 'folders are linked');

let root: string;
let ws: string;
let home: string;
let known: KnownTexts;
let tools: readonly SteeringText[];
let said: string[];
let looks: number;

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'steering-'));
	ws = join(root, 'ws');
	home = join(root, 'home');
	known = {};
	tools = [];
	said = [];
	looks = 0;
});
afterEach(() => {
	rmSync(root, { recursive: true, force: true });
});

const put = (file: string, text: string) => {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
};

function follow(folders = [ws]) {
	const clock = new ManualClock();
	const steering = new Steering({
		places: () => steeringPlaces({ platform: 'linux', home, folders, userFolders: [join(home, 'User')] }),
		tools: () => tools,
		memory: {
			get: () => known,
			set: all => {
				known = all;
				return Promise.resolve();
			},
		},
		tell: (changes: readonly SteeringChange[]) => {
			said.push(...changes.map(({ kind, path }) => `${kind} ${path.replace(root, '')}`));
		},
		onLook: () => looks++,
		clock,
	});
	return { steering, clock };
}

const tool = (path: string, digest: string): SteeringText => ({ kind: 'tool', scope: 'tools', path, digest });

describe('N8 a text that steers agents', () => {
	it.each([
		['/ws/.github/prompts/a.prompt.md', () => ws],
		['/ws/.github/instructions/deep/a.instructions.md', () => ws],
		['/ws/.github/skills/x/SKILL.md', () => ws],
		['/ws/.github/skills/x/scripts/run.sh', () => ws],
		['/ws/.github/hooks/pre.json', () => ws],
		['/ws/.claude/skills/x/SKILL.md', () => ws],
		['/ws/AGENTS.md', () => ws],
		['/home/.copilot/skills/x/SKILL.md', () => home],
		['/home/.claude/agents/a.md', () => home],
		['/home/User/prompts/a.prompt.md', () => home],
	])('is flagged when it changes, once: %s', async file => {
		put(join(root, file), 'be kind');
		const { steering } = follow();
		await steering.look();
		expect(said).toEqual([]);
		expect(steering.texts.map(({ path }) => path)).toEqual([join(root, file)]);
		put(join(root, file), 'be evil');
		await steering.look();
		await steering.look();
		expect(said).toEqual([`changed ${file}`]);
		steering.dispose();
	});

	it('is flagged when it comes, goes, or was changed while no window was open', async () => {
		put(join(ws, 'AGENTS.md'), 'one');
		put(join(ws, 'CLAUDE.md'), 'one');
		const first = follow();
		await first.steering.look();
		first.steering.dispose();
		put(join(ws, 'AGENTS.md'), 'two');
		rmSync(join(ws, 'CLAUDE.md'));
		put(join(ws, '.github', 'skills', 'new', 'SKILL.md'), 'x');
		const second = follow();
		await second.steering.look();
		expect(said.sort()).toEqual([
			'added /ws/.github/skills/new/SKILL.md',
			'changed /ws/AGENTS.md',
			'removed /ws/CLAUDE.md',
		]);
		second.steering.dispose();
	});

	it('is not compared with that of another folder', async () => {
		put(join(ws, 'AGENTS.md'), 'one');
		const other = join(root, 'other');
		put(join(other, 'AGENTS.md'), 'two');
		for (const folders of [[ws], [other], [ws, other]]) {
			const { steering } = follow(folders);
			await steering.look();
			steering.dispose();
		}
		expect(said).toEqual([]);
	});

	it.skipIf(noLinks)('is found however folders are linked, and the search ends', async () => {
		put(join(root, 'elsewhere', 'SKILL.md'), 'x');
		mkdirSync(join(ws, '.claude', 'skills'), { recursive: true });
		symlinkSync(join(root, 'elsewhere'), join(ws, '.claude', 'skills', 'linked'));
		symlinkSync(join(ws, '.claude', 'skills'), join(ws, '.claude', 'skills', 'loop'));
		const { steering } = follow();
		await steering.look();
		expect(steering.texts.map(({ path }) => path)).toContain(join(ws, '.claude', 'skills', 'linked', 'SKILL.md'));
		expect(steering.texts.length).toBeLessThan(20);
		steering.dispose();
	});

	it('is looked at again after 10 s, and not after the end', async () => {
		const { steering, clock } = follow();
		await steering.look();
		expect([looks, clock.waiting]).toEqual([1, 1]);
		steering.dispose();
		expect(clock.waiting).toBe(0);
		clock.advance(60_000);
		await steering.look();
		expect(looks).toBe(1);
	});

	it('of an extension is flagged when its words change, though it went and came meanwhile', async () => {
		const { steering } = follow();
		for (const now of [[tool('read', 'a')], [], [tool('read', 'a'), tool('new', 'x')]]) {
			tools = now;
			await steering.look();
		}
		expect(said).toEqual([]);
		tools = [];
		await steering.look();
		tools = [tool('read', 'b')];
		await steering.look();
		expect(said).toEqual(['changed read']);
		steering.dispose();
	});
});
