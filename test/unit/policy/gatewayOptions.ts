import { join, resolve } from 'node:path';
import { type GatewayOptions } from '../../../src/cli/gatewayOptions';
import { joinLocks, type OrganisationLocks } from '../../../src/domain/policy/organisationLocks';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';

/** What these lines lock below `settings:` of an organisation's file. */
export const locksOf = (...lines: readonly string[]): OrganisationLocks =>
	joinLocks([parsePolicy(`settings:\n  ${lines.join('\n  ')}\n`, '/etc/org.yaml').policy?.settings ?? []]);

/** Where the shipped policies lie. */
export const policiesFolder = resolve(import.meta.dirname, '../../../policies');

/** Options of a gateway in front of a program, with the shipped policies. */
export const gatewayOptions = (over: Partial<GatewayOptions> = {}): GatewayOptions => ({
	policyFile: join(policiesFolder, 'balanced.yaml'),
	layers: { workspacePolicies: [], trustedDigests: [] },
	compositionFile: join(policiesFolder, 'composition.yaml'),
	dataDirectory: '/tmp/x',
	upstream: { kind: 'stdio', command: ['x'], env: [] },
	...over,
});
