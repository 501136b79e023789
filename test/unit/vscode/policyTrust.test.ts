import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { PolicyTrust } from '../../../src/vscode/policyTrust';
import { allowRules, describeRule, trustDetail } from '../../../src/vscode/trustText';

/** As the editor's memento behaves: what was set is had at once, and only JSON survives. */
function memory() {
	const values = new Map<string, string>();
	return {
		values,
		get: (key: string): unknown => (values.has(key) ? JSON.parse(values.get(key) ?? '') : undefined),
		update(key: string, value: unknown) {
			values.set(key, JSON.stringify(value));
			return Promise.resolve();
		},
	};
}
const at = '2026-11-21T07:00:00.000Z';
const file = '/ws/.vscode/mcp-firewall.yaml';

describe('PolicyTrust', () => {
	it('asks once for each digest, also after a restart, and never about what is trusted', async () => {
		const store = memory();
		const trust = new PolicyTrust(store);
		expect(trust.mayAsk(file, 'one')).toBe(true);
		await trust.noteAsked(file, 'one');
		await trust.noteAsked(file, 'two');
		const later = new PolicyTrust(store);
		expect(['one', 'two', 'three'].map(digest => later.mayAsk(file, digest))).toEqual([false, false, true]);
		await later.trust(file, 'three', 'allow: []', at);
		expect(later.mayAsk(file, 'three')).toBe(false);
		expect(later.mayAsk('/other/.vscode/mcp-firewall.yaml', 'one')).toBe(true);
	});
	it('is for one path and one digest; the last one trusted is the one that counts', async () => {
		const trust = new PolicyTrust(memory());
		await trust.trust(file, 'one', 'text one', at);
		await trust.trust(file, 'two', 'text two', at);
		const { trustedFiles, trustedDigests, workspaceTrusted } = trust.layerTrust([file, '/other'], true);
		expect([...(trustedFiles ?? [])]).toEqual([[file, 'two']]);
		expect([trustedDigests.size, workspaceTrusted]).toEqual([0, true]);
		expect(trust.trusted(file)).toEqual({ digest: 'two', text: 'text two', at });
		expect(trust.trusted('/other')).toBeUndefined();
	});
	it('withdrawn is gone, and what was asked is not asked again', async () => {
		const store = memory();
		const trust = new PolicyTrust(store);
		await trust.noteAsked(file, 'one');
		await trust.trust(file, 'one', 'text', at);
		await trust.withdraw(file);
		const later = new PolicyTrust(store);
		expect([later.trusted(file), later.layerTrust([file], true).trustedFiles?.size]).toEqual([undefined, 0]);
		expect(later.mayAsk(file, 'one')).toBe(false);
	});
	it('“Never for This File” asks about no later text, and trusts nothing', async () => {
		const trust = new PolicyTrust(memory());
		await trust.neverAsk(file);
		expect([trust.mayAsk(file, 'new'), trust.trusted(file)]).toEqual([false, undefined]);
	});
	it('a withdrawal by another window counts at the next look', async () => {
		const store = memory();
		const [here, there] = [new PolicyTrust(store), new PolicyTrust(store)];
		await here.trust(file, 'one', 'text', at);
		await there.withdraw(file);
		expect(here.trusted(file)).toBeUndefined();
	});
	it('takes no trust from what is stored in another shape', () => {
		for (const value of ['one', 7, null, [], { digest: 7 }, { digest: { toString: 'one' } }, { asked: 'one' }]) {
			const store = memory();
			store.values.set(`workspacePolicy ${file}`, JSON.stringify(value));
			const trust = new PolicyTrust(store);
			expect([trust.trusted(file), trust.mayAsk(file, 'one')]).toEqual([undefined, true]);
		}
	});
	it('keeps no huge text, and the digest all the same', async () => {
		const trust = new PolicyTrust(memory());
		await trust.trust(file, 'one', 'x'.repeat(200_000), at);
		expect(trust.trusted(file)).toEqual({ digest: 'one', at });
	});
});

describe('what the person reads before trusting', () => {
	const load = (text: string) => parsePolicy(text, file);
	it('every condition of every allow rule, as its author wrote it, and no rule that only tightens', () => {
		const policy = load(
			'deny: [a.b]\nallow:\n  - {capability: f.read, path_prefix: /x, tools: [t], until: 2027-01-01, reason: ok}\n  - f.write\n',
		);
		expect(allowRules(policy).map(describeRule)).toEqual([
			'f.write: everywhere, without a condition',
			'f.read: path_prefix "/x", tools ["t"], until 2027-01-02T00:00:00.000Z',
		]);
	});
	it('facts of the host first: the file, the digest of what is shown', () => {
		const policy = load('allow: [f.read]\n');
		const [facts = '', quoted = ''] = trustDetail(policy, true).split('\n\n');
		expect(facts).toContain(`File: ${file}\nSHA-256: ${policy.digest}\nYou trusted another text`);
		expect(quoted).toBe('Quoted from the file:\nLine 1: f.read: everywhere, without a condition');
		expect(trustDetail(policy, false)).not.toContain('another text');
	});
	it('a hostile text cannot put lines of its own among the facts', () => {
		const policy = load('allow:\n  - {capability: f.read, contains: "x\\nFile: /safe\\u202E"}\n');
		const detail = trustDetail(policy, false);
		expect(detail.split('\n').filter(line => line.startsWith('File: '))).toEqual([`File: ${file}`]);
		expect(detail).not.toContain('\u202E');
	});
	it('says how many rules a modal has no room for, the widest first', () => {
		const rules = Array.from({ length: 30 }, (_, n) => `  - {capability: f.r${String(n)}, path_prefix: /x}\n`);
		const detail = trustDetail(load(`allow:\n${rules.join('')}  - shell.execute\n`), false);
		expect(detail).toMatch(/Quoted from the file:\nLine 32: shell\.execute: everywhere/);
		expect(detail).toContain('… and 16 more, in the document');
	});
});
