import { describe, expect, it } from 'vitest';
import { type Policy } from '../../../src/domain/policy/policy';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { identityAsks } from '../../../src/vscode/identityAsks';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const entry = aServerEntry({
	tools: [aToolPin({ name: 'read_file' }), aToolPin({ name: 'rm' }, 'filesystem.delete')],
});
function policyOf(identity: string): Policy {
	const { policy, problems } = parsePolicy(`version: "1"\nidentity:\n${identity}`, 'p.yaml');
	expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
	return policy!;
}

describe('what the policy asks of an identity, on the card', () => {
	it('nothing where it says nothing, or does not parse', () => {
		expect(identityAsks(undefined, entry)).toEqual([]);
		expect(identityAsks(policyOf('  mode: guard\n'), entry)).toEqual([]);
	});

	it('the terms that count, tools of the same terms together', () => {
		const policy = policyOf(
			`  require_badge: true\n  servers:\n    ${entry.name}: {min_trust_level: "2"}\n  capabilities:\n    filesystem.delete: {min_trust_level: "3"}\n`,
		);
		expect(identityAsks(policy, entry)).toEqual([
			'At least level 2 (Domain Validated): read_file',
			'A badge that counts: all its tools',
			'At least level 3 (Organization Validated): rm',
		]);
	});

	it('each layer asks by itself', () => {
		const mild = policyOf('  min_trust_level: "1"\n');
		const strict = policyOf('  min_trust_level: "4"\n');
		const layers = [mild, strict].map(policy => ({ kind: 'user' as const, power: 'grants' as const, policy }));
		expect(identityAsks({ ...mild, layers }, entry)).toHaveLength(2);
	});
});
