import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_INVENTORY } from '../../../src/domain/registry/inventory';
import { FirstSteps, firstSteps, type FirstStep } from '../../../src/vscode/firstSteps';
import { fillIn } from '../../../src/base/fillIn';
import { say, sayCount } from '../../../src/vscode/say';
import { withSample } from '../../../src/vscode/sampleServer';
import { statusLook, type StatusFacts } from '../../../src/vscode/statusText';
import { readMcpJson } from '../../../src/domain/registry/mcpJson';

describe('the first steps', () => {
	const stepsOver = (kept: readonly string[]) => {
		const state = { kept };
		const told: FirstStep[] = [];
		const memory = { get: () => state.kept, set: (done: readonly FirstStep[]) => void (state.kept = done) };
		return { steps: new FirstSteps(memory, step => void told.push(step)), told, state };
	};
	type Heard = Parameters<FirstSteps['hear']>[0];
	const heard = (outcome?: string) =>
		({ kind: 'call', ...(outcome !== undefined && { approval: { outcome } }) }) as unknown as Heard;

	it('tells in a new window what was done in an earlier one, and nothing that memory does not know', () => {
		expect(stepsOver(['answered', 'nonsense']).told).toEqual(['answered']);
	});

	it('each is told and kept once, however often it happens', () => {
		const { steps, told, state } = stepsOver([]);
		steps.note('guarded');
		steps.note('guarded');
		expect([told, state.kept]).toEqual([['guarded'], ['guarded']]);
	});

	it.each(['grant', 'denied-before', 'dismissed-before', 'timeout', 'cancelled', 'unavailable'])(
		'%s is no answer that a person gave just now',
		outcome => {
			const { steps, told } = stepsOver([]);
			steps.hear(heard(outcome));
			expect(told).toEqual(['called']);
		},
	);

	it.each(['allowed-once', 'allowed-session', 'allowed-workspace', 'denied', 'dismissed'])('%s is one', outcome => {
		const { steps, told } = stepsOver([...firstSteps.slice(0, 1)]);
		steps.hear(heard(outcome));
		expect(told).toEqual(['guarded', 'called', 'answered']);
	});
});

describe('sentences of ours', () => {
	it('invariant 5: what an argument holds is never read as a placeholder', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (one, other) => {
				expect(fillIn('{0}|{1}', one, other)).toBe(`${one}|${other}`);
			}),
		);
		expect(say('“{0}” and {1}', '{1}{0}$&', 'x')).toBe('“{1}{0}$&” and x');
	});

	it('counts', () => {
		expect([0, 1, 2].map(count => sayCount(count, '{0} tool', '{0} tools'))).toEqual([
			'0 tools',
			'1 tool',
			'2 tools',
		]);
	});
});

describe('the status bar', () => {
	const calm: StatusFacts = {
		...{ inventory: { ...NO_INVENTORY, guarded: 2, total: 2 }, waiting: 0, stopped: false },
		...{ policyBroken: false, registryBroken: false, restricted: false },
	};
	const one = { ...calm, inventory: { ...NO_INVENTORY, guarded: 2, total: 3 } };

	it('warns of a server that is not guarded, and says so without colour and icon', () => {
		expect(statusLook(one)).toEqual({
			...{ level: 'warning', text: '$(unlock) MCP 2/3 guarded' },
			state: '2 of 3 MCP servers are guarded.',
		});
		expect(statusLook(calm)).toMatchObject({ level: 'plain', text: '$(shield) MCP 2/2 guarded' });
	});

	it('what waits does not hide what is not guarded', () => {
		expect(statusLook({ ...one, waiting: 1 }).text).toBe('$(bell-dot) MCP 1 waiting · 2/3 guarded');
		expect(statusLook({ ...calm, waiting: 2 }).text).toBe('$(bell-dot) MCP 2 waiting');
	});

	it('what refuses every call comes before all else', () => {
		const worst = { ...one, waiting: 3, restricted: true };
		expect(statusLook({ ...worst, stopped: true, policyBroken: true })).toMatchObject({
			level: 'error',
			text: '$(stop-circle) MCP stopped',
		});
		expect(statusLook({ ...worst, policyBroken: true })).toMatchObject({
			level: 'error',
			text: '$(error) MCP policy error',
		});
		expect(statusLook({ ...worst, registryBroken: true })).toMatchObject({
			level: 'error',
			text: '$(error) MCP registry error',
		});
		expect(statusLook({ ...one, restricted: true }).text).toBe('$(workspace-untrusted) MCP restricted');
	});
});

describe('the sample server', () => {
	it.each(['', '{}', '{\n\t// mine\n\t"servers": { "a": { "command": "x" }, },\n}\n', '{ "inputs": [] }'])(
		'goes into %j, and leaves the rest as it was',
		before => {
			const after = withSample(before);
			expect(after.kind).toBe('inserted');
			const { servers, problems } = readMcpJson(after.kind === 'inserted' ? after.text : '', '/f/mcp.json');
			expect(problems).toEqual([]);
			expect(servers.at(-1)).toMatchObject({ name: 'sample-files', launch: { kind: 'stdio', command: 'npx' } });
			expect(JSON.stringify(after).includes('// mine')).toBe(before.includes('// mine'));
			expect(after.kind === 'inserted' && withSample(after.text)).toEqual({ kind: 'already-there' });
		},
	);

	it.each(['[]', '{ "servers": [] }', '{ "servers": {}, "servers": {} }', '{'])('is not put into %j', before => {
		expect(withSample(before).kind).toBe('problem');
	});
});
