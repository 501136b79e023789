import { beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/domain/policy/parsePolicy';
import { openedBy, suggestRules, type Suggestion } from '../../src/domain/policy/suggestRules';
import { addRule } from '../../src/vscode/ruleEdit';
import { edited } from '../../src/vscode/yamlListEdit';
import { balanced, type Cost, costInVsCode, costWithUs, recordedSessions } from './support/recordedSession';

/** One session: VS Code by itself and the firewall, without and with remembered answers. */
interface Row {
	readonly name: string;
	readonly calls: number;
	readonly theirs: { readonly once: Cost; readonly kept: Cost };
	readonly ours: { readonly once: Cost; readonly kept: Cost };
}

const rows: Row[] = [];
const named = (calls: Cost['unasked']) => [...new Set(calls.map(({ server, tool }) => `${server}/${tool}`))];
const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);

/**
 * Ours is counted for `prompts: firewallOnly`. With `both`, the editor's own questions come on top: then a developer meets the
 * sum of the two columns, and never fewer than without us.
 */
function table(): string {
	const cells = rows.map(({ name, calls, theirs, ours }) => [
		...[name, calls, theirs.once.prompts, ours.once.prompts, theirs.kept.prompts, ours.kept.prompts],
		...[theirs.kept.prompts + ours.kept.prompts, theirs.kept.harm.length, ours.kept.harm.length],
	]);
	const all = cells[0]?.map((_, at) => (at === 0 ? 'all' : cells.reduce((total, row) => total + Number(row[at]), 0)));
	const head = 'session, calls, VS Code once, ours once, VS Code kept, ours kept, both kept, VS Code harm, our harm';
	return [head.split(', '), ...cells, all ?? []]
		.map(row => row.map((cell, at) => String(cell)[at === 0 ? 'padEnd' : 'padStart'](at === 0 ? 20 : 13)).join(''))
		.join('\n');
}

describe('the fatigue budget on recorded sessions (issue 9, item 2)', () => {
	beforeAll(async () => {
		for (const session of recordedSessions()) {
			rows.push({
				...{ name: session.name, calls: session.calls.length },
				theirs: { once: costInVsCode(session, false), kept: costInVsCode(session, true) },
				ours: { once: await costWithUs(session, false), kept: await costWithUs(session, true) },
			});
		}
		process.stdout.write(`${table()}\n`);
	}, 120_000);

	it('with remembered answers on both sides, at most half as many questions as VS Code by itself', () => {
		expect(sum(({ ours }) => ours.kept.prompts)).toBeLessThanOrEqual(sum(({ theirs }) => theirs.kept.prompts) / 2);
	});

	it('without remembered answers, no session costs more questions than VS Code by itself', () => {
		for (const { name, ours, theirs } of rows) {
			expect([name, ours.once.prompts <= theirs.once.prompts]).toEqual([name, true]);
		}
	});

	it('no call that the developer would have denied passes without a question, which VS Code by itself does not hold', () => {
		expect(rows.flatMap(({ ours }) => [...named(ours.once.harm), ...named(ours.kept.harm)])).toEqual([]);
		expect(sum(({ theirs }) => theirs.once.harm.length)).toBeGreaterThan(0);
	});

	it('no call that the developer wanted is lost', () => {
		expect(rows.flatMap(({ ours }) => [...named(ours.once.lost), ...named(ours.kept.lost)])).toEqual([]);
	});

	it('what passes unasked with us and not with VS Code touches nothing but the server’s own answer', () => {
		const more = rows.flatMap(({ ours, theirs }) =>
			ours.once.unasked.filter(call => !theirs.once.unasked.includes(call)),
		);
		expect(named(more)).toEqual(['everything/toggle-simulated-logging', 'everything/toggle-subscriber-updates']);
	});
});

describe('"Suggest Rules from My Trail…" on recorded sessions (issue 9, item 2)', () => {
	const file = '/policies/policy.yaml';
	const first: {
		readonly name: string;
		readonly theirs: Cost;
		readonly cost: Awaited<ReturnType<typeof costWithUs>>;
	}[] = [];
	const second: Cost[] = [];
	let suggestions: readonly Suggestion[] = [];
	let policy = balanced;
	beforeAll(async () => {
		for (const session of recordedSessions()) {
			const { name } = session;
			first.push({ name, theirs: costInVsCode(session, false), cost: await costWithUs(session, false) });
		}
		const load = parsePolicy(balanced, file);
		suggestions = suggestRules(
			first.flatMap(({ cost }) => cost.recorded),
			load,
			file,
		);
		for (const { rule } of suggestions) {
			const edit = addRule(policy, 'allow', rule, file);
			policy = edit === undefined ? policy : edited(policy, edit);
		}
		for (const session of recordedSessions()) {
			second.push(await costWithUs(session, false, policy));
		}
		const rows = first.map(({ name, theirs, cost }, at) => [
			name,
			theirs.prompts,
			cost.prompts,
			second[at]?.prompts ?? 0,
		]);
		const total = [1, 2, 3].map(at => rows.reduce((all, row) => all + Number(row[at]), 0));
		const lines = [
			[['nothing remembered', 'VS Code', 'ours, first', 'with rules'], ...rows, ['all', ...total]]
				.map(row =>
					row.map((cell, at) => String(cell)[at === 0 ? 'padEnd' : 'padStart'](at === 0 ? 20 : 13)).join(''),
				)
				.join('\n'),
			...suggestions.map(({ rule, saved, of }) => `\n${rule.id}: saves ${String(saved.length)} of ${String(of)}`),
		];
		process.stdout.write(`${lines.join(' ')}\n`);
	}, 120_000);
	const prompts = (costs: readonly Cost[]) => costs.reduce((all, cost) => all + cost.prompts, 0);

	it('once they are accepted, at most half as many questions as VS Code by itself, with nothing remembered on either side', () => {
		expect(suggestions.length).toBeGreaterThan(0);
		expect(prompts(second)).toBeLessThanOrEqual(prompts(first.map(({ theirs }) => theirs)) / 2);
		expect(parsePolicy(policy, file).problems).toEqual([]);
	});

	it('every suggestion saves what it says: together exactly the questions of the second run', () => {
		const promised = suggestions.reduce((all, { saved }) => all + saved.length, 0);
		expect(prompts(first.map(({ cost }) => cost)) - prompts(second)).toBe(promised);
	});

	it('no call that the developer denied, or that was refused, passes with them, and none that was wanted is lost', () => {
		expect(second.flatMap(({ harm }) => named(harm))).toEqual([]);
		expect(second.flatMap(({ lost }) => named(lost))).toEqual([]);
		const all = first.flatMap(({ cost }) => cost.recorded);
		expect(
			openedBy(
				suggestions.map(({ rule }) => rule),
				all,
				parsePolicy(balanced, file),
			),
		).toEqual([]);
	});
});
