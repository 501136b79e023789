import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phrase } from '../../../src/base/phrase';
import { type JsonObject } from '../../../src/base/json';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { maskSecrets } from '../../../src/domain/inspection/maskSecrets';
import { decide } from '../../../src/domain/policy/decide';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type Effect } from '../../../src/domain/policy/policy';
import {
	type RuleProposal,
	ruleFromEntry,
	ruleLines,
	type WrittenRule,
} from '../../../src/domain/policy/ruleFromEntry';
import { aRecord } from '../support/auditRecords';
import { type Call, factsOf, HOST, read, WINDOWS } from './support';

const EFFECTS: readonly Effect[] = ['deny', 'require_approval', 'allow'];
const target = { host: HOST, taken: new Set<string>() };
const SECRET = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';

/** An entry as the trail keeps it of this call: paths as they were judged, arguments masked. */
async function entryOf(call: Call, over: Partial<AuditRecord> = {}): Promise<AuditRecord> {
	const facts = await factsOf(parsePolicy('', 'p'), call);
	return aRecord({
		...{ server: { ...facts.server }, tool: facts.tool, capability: facts.capability },
		arguments: maskSecrets(facts.arguments).value,
		paths: facts.paths.flatMap(({ candidates }) => candidates),
		...over,
	});
}

function ruleOf(proposal: RuleProposal): WrittenRule {
	expect(proposal).toMatchObject({ kind: 'rule' });
	return (proposal as Extract<RuleProposal, { kind: 'rule' }>).rule;
}

/** What a policy of this rule alone says of a call, along the path of live calls. */
async function verdictOf(effect: Effect, rule: WrittenRule, call: Call) {
	const load = parsePolicy(
		`${effect}:\n${ruleLines(rule)
			.map(line => `  ${line}\n`)
			.join('')}`,
		'p',
	);
	expect(load.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
	return decide(load, await factsOf(load, call));
}

const file = read('/ws/proj/src/a.ts', { server: 'files', tool: 'read_file' });
const fetchCall: Call = {
	...{ capability: 'network.request', server: 'web', tool: 'fetch' },
	arguments: { url: 'https://api.example.com:8443/v1?x=1' },
};
const shell: Call = {
	...{ capability: 'shell.execute', server: 'term', tool: 'run' },
	arguments: { command: 'npm test', timeout: 5, env: { A: '1' } },
};

describe('ruleFromEntry', () => {
	it.each(EFFECTS)('%s of a file: the very path, server and tool, and no other file', async effect => {
		const rule = ruleOf(ruleFromEntry(await entryOf(file), effect, target));
		expect(rule).toMatchObject({ paths: ['/ws/proj/src/a.ts'], servers: ['files'], tools: ['read_file'] });
		expect((await verdictOf(effect, rule, file)).effect).toBe(effect);
		const others = [
			read('/ws/proj/src/b.ts', { server: 'files', tool: 'read_file' }),
			read('/ws/proj/src/a.ts', { server: 'files', tool: 'read' }),
			read('/ws/proj/src/a.ts', { server: 'other', tool: 'read_file' }),
		];
		for (const other of others) {
			expect((await verdictOf(effect, rule, other)).rule).toBeUndefined();
		}
	});

	it('both forms of a link are named: an allow that leaves one out would let nothing pass', async () => {
		const resolver = { realPath: (path: string) => Promise.resolve(path.replace('/ws/proj/link', '/srv/data')) };
		const call = read('/ws/proj/link/x', { server: 'files', tool: 'read_file', resolver });
		const rule = ruleOf(ruleFromEntry(await entryOf(call), 'allow', target));
		expect(rule.paths).toEqual(['/ws/proj/link/x', '/srv/data/x']);
		expect((await verdictOf('allow', rule, call)).effect).toBe('allow');
	});

	it('a host: an allow keeps scheme and port, a deny takes the host as a whole', async () => {
		const entry = await entryOf(fetchCall);
		const allow = ruleOf(ruleFromEntry(entry, 'allow', target));
		const deny = ruleOf(ruleFromEntry(entry, 'deny', target));
		expect([allow.hosts, deny.hosts]).toEqual([['https://api.example.com:8443'], ['api.example.com']]);
		expect(allow.args).toBeUndefined();
		const plain = { ...fetchCall, arguments: { url: 'http://api.example.com/' } };
		expect((await verdictOf('allow', allow, fetchCall)).effect).toBe('allow');
		expect((await verdictOf('allow', allow, plain)).effect).toBe('deny');
		expect((await verdictOf('deny', deny, plain)).rule?.id).toBe(deny.id);
	});

	it('a command: an allow names its arguments and says what it leaves open, a deny takes the tool', async () => {
		const entry = await entryOf(shell);
		const proposal = ruleFromEntry(entry, 'allow', target);
		const allow = ruleOf(proposal);
		expect(allow.args).toEqual({ '/command': { equals: 'npm test' }, '/timeout': { equals: 5 } });
		expect(proposal).toMatchObject({ notes: [phrase('These arguments may be anything: {0}.', '"/env"')] });
		const other = { ...shell, arguments: { ...shell.arguments, command: 'rm -rf ~' } };
		expect((await verdictOf('allow', allow, shell)).effect).toBe('allow');
		expect((await verdictOf('allow', allow, other)).effect).toBe('deny');
		const deny = ruleFromEntry(entry, 'deny', target);
		expect(ruleOf(deny).args).toBeUndefined();
		expect(deny).toMatchObject({ notes: [phrase('It is about every call of this tool.')] });
	});

	it('what was masked becomes no pattern: no allow by place, a deny of the tool', async () => {
		const call = read(`/ws/proj/${SECRET}/x`, { server: 'files', tool: 'read_file' });
		const entry = await entryOf(call, { paths: ['/ws/proj/[masked:github-token len=40]/x'] });
		expect(ruleFromEntry(entry, 'allow', target)).toMatchObject({ kind: 'none' });
		const deny = ruleFromEntry(entry, 'deny', target);
		expect(ruleOf(deny)).not.toHaveProperty('paths');
		expect(JSON.stringify(deny)).not.toContain('masked:');
		const facts = { context: 'c', by: 'pin', altered: 'places' as const };
		expect(ruleFromEntry(await entryOf(file, { facts }), 'allow', target)).toMatchObject({ kind: 'none' });
		const token = { ...shell, arguments: { command: `login ${SECRET}`, now: true } };
		const rule = ruleOf(ruleFromEntry(await entryOf(token), 'allow', target));
		expect(rule.args).toEqual({ '/now': { equals: true } });
	});

	it('a name that no rule can say exactly gets no rule: it would be about other tools as well', async () => {
		for (const over of [{ tool: 'a{b}' }, { tool: '!x' }, { server: 'a\\b' }]) {
			const entry = await entryOf({ ...file, ...over });
			expect(EFFECTS.map(effect => ruleFromEntry(entry, effect, target).kind)).toEqual(['none', 'none', 'none']);
		}
	});

	it('an unknown capability: denied or asked for, never allowed', async () => {
		const call = { ...shell, capability: 'unknown' };
		const entry = await entryOf(call);
		expect(ruleFromEntry(entry, 'allow', target).kind).toBe('none');
		const deny = ruleOf(ruleFromEntry(entry, 'deny', target));
		expect(deny.capability).toBe('*');
		expect((await verdictOf('deny', deny, call)).rule?.id).toBe(deny.id);
	});

	it('no rule for what is no call', () => {
		const event = aRecord({ kind: 'lifecycle', event: 'policy-loaded', tool: undefined!, capability: undefined! });
		expect(ruleFromEntry({ ...event, method: undefined! }, 'deny', target).kind).toBe('none');
	});

	it('in a workspace’s own policy a path is written below ${workspaceFolder}', async () => {
		const rule = ruleOf(ruleFromEntry(await entryOf(file), 'deny', { ...target, folders: ['/ws/proj'] }));
		expect(rule.paths).toEqual(['${workspaceFolder}/src/a.ts']);
		expect((await verdictOf('deny', rule, file)).rule?.id).toBe(rule.id);
	});

	it('Windows: the one canonical form', async () => {
		const call = read('C:\\ws\\proj\\a.ts', { server: 'files', tool: 'read_file', host: WINDOWS });
		const rule = ruleOf(ruleFromEntry(await entryOf(call), 'allow', { ...target, host: WINDOWS }));
		expect((await verdictOf('allow', rule, call)).effect).toBe('allow');
	});

	it('ids are free ones', async () => {
		const taken = new Set(['deny-read_file', 'deny-read_file-2']);
		expect(ruleOf(ruleFromEntry(await entryOf(file), 'deny', { ...target, taken })).id).toBe('deny-read_file-3');
	});

	it('whatever the call: what is proposed matches it by the engine, and no call of another tool', async () => {
		const text = fc.oneof(
			fc.string({ unit: 'grapheme', maxLength: 12 }),
			fc.constantFrom('a[b', 'x*?', "it's", '#', ': '),
		);
		const name = text.filter(each => each.trim() === each && each !== '');
		const args = fc.record({
			path: fc.oneof(
				fc.constant(undefined),
				text.map(each => `/ws/proj/${each}`),
			),
			url: fc.oneof(fc.constant(undefined), fc.webUrl()),
			other: fc.oneof(text, fc.integer(), fc.constant(undefined), fc.constant({ a: [1] })),
		});
		const capability = fc.constantFrom(
			'filesystem.read',
			'network.request',
			'shell.execute',
			'git.write',
			'unknown',
		);
		await fc.assert(
			fc.asyncProperty(name, name, capability, args, fc.constantFrom(...EFFECTS), async (...drawn) => {
				const [server, tool, of, all, effect] = drawn;
				const call: Call = {
					server,
					tool,
					capability: of,
					arguments: JSON.parse(JSON.stringify(all)) as JsonObject,
				};
				// Where a path cannot be judged no rule lets the call go; the facts of a real entry say so, those of this one are made.
				const { paths } = await factsOf(parsePolicy('', 'p'), call);
				fc.pre(paths.every(({ problem }) => problem === undefined));
				const proposal = ruleFromEntry(await entryOf(call), effect, target);
				if (proposal.kind === 'rule') {
					const { rule } = proposal;
					const verdict = await verdictOf(effect, rule, call);
					const ours = verdict.rules.some(({ id }) => id === rule.id);
					expect([ours, verdict.effect === effect || verdict.protection !== undefined]).toEqual([true, true]);
					const other = await verdictOf(effect, rule, { ...call, tool: `${tool}x` });
					expect(other.rules).toEqual([]);
				}
			}),
			{ numRuns: 100 },
		);
	});
});
