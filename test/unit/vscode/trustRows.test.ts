import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { trustRows } from '../../../src/vscode/trustRows';

describe('the list of what a workspace’s policy wants to allow', () => {
	const load = (rules: string) => parsePolicy(`policy_name: w\n${rules}`, '/w/.vscode/mcp-firewall.yaml');
	const shown = (...[facts]: Parameters<typeof trustRows>) => {
		const rows = trustRows(facts);
		// The editor draws a heading beside its first row.
		expect(rows.at(-1)?.isSeparator).toBeUndefined();
		expect(rows.some((row, at) => row.isSeparator && rows[at + 1]?.isSeparator)).toBe(false);
		return rows.map(({ label, choice }) => [label, choice?.kind]);
	};
	const allows = load('allow: [compute.run]');

	it('in a restricted window says so, with the way to the trust, and offers none of its own', () => {
		const [first, ...others] = shown({ load: allows, power: 'tightens', trusted: undefined, isTrusted: false });
		expect(first).toEqual([
			'$(workspace-untrusted) This window is restricted: no allow rule of a workspace counts here',
			'manage',
		]);
		expect(others.map(([, kind]) => kind)).toEqual([undefined, 'line']);
	});

	it('offers trust for a text that is not trusted, and to withdraw what is', () => {
		const rows = shown({ load: allows, power: 'tightens', trusted: 'of before', isTrusted: true });
		expect(rows.map(([, kind]) => kind)).toEqual([undefined, 'trust', 'withdraw', undefined, 'line']);
		expect(rows[0]![0]).toBe('Not trusted: these rules do not count');
		const trusted = shown({ load: allows, power: 'grants', trusted: allows.digest, isTrusted: true });
		expect(trusted.map(([label]) => label).slice(0, 2)).toEqual([
			'Trusted: these rules count',
			'$(circle-slash) Withdraw Trust',
		]);
	});

	it('says that there is nothing to trust', () => {
		const none = load('deny: [compute.run]');
		expect(shown({ load: none, power: 'tightens', trusted: undefined, isTrusted: true })).toEqual([
			['It allows nothing: it only tightens', undefined],
		]);
	});
});
