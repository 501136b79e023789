import { describe, expect, it } from 'vitest';
import { credentialOrder } from '../../../src/vscode/credentialOrder';
import { aServerEntry } from '../support/serverEntries';

const reference = { kind: 'env', name: 'TOKEN', storedAt: '2026-07-01T10:00:00.000Z' } as const;
const entry = aServerEntry({ credentials: [reference, { ...reference, kind: 'header' }] });
const find = (id: string) => (id === entry.id ? entry : undefined);

describe('credentialOrder', () => {
	it.each(['rotate', 'revoke'] as const)('I3: names one credential of one server, and what to do: %s', action => {
		expect(credentialOrder([entry.id, 'header', 'TOKEN', action], find)).toEqual({
			...{ entry, action },
			reference: { ...reference, kind: 'header' },
		});
	});

	it.each([
		['another server', ['x', 'env', 'TOKEN', 'revoke']],
		['another kind', [entry.id, 'oauth', 'TOKEN', 'revoke']],
		['another name', [entry.id, 'env', 'toString', 'rotate']],
		['no name', [entry.id, 'env', undefined, 'rotate']],
	])('does nothing else in place of what is gone: %s', (_what, args) => {
		expect(credentialOrder(args, find)).toBe('gone');
	});

	it.each([[[]], [[entry.id]], [[entry.id, 'env', 'TOKEN', 'delete']], [[{ target: {} }]]])(
		'asks a person where the arguments do not say what to do: %j',
		args => {
			expect(credentialOrder(args, find)).toBeUndefined();
		},
	);
});
