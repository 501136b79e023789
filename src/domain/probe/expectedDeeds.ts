import { UNKNOWN_CAPABILITY } from '../policy/capabilityName';
import { KNOWN_CAPABILITIES } from '../policy/knownCapabilities';
import { hasSideEffects } from '../policy/sideEffects';

/** What a program can be seen to do. */
export type Deed = 'write' | 'delete' | 'connect' | 'listen' | 'child';

const ALL: readonly Deed[] = ['write', 'delete', 'connect', 'listen', 'child'];

/** By capability, else by resource; what stands in neither is decided by {@link expectedDeeds}. */
const EXPECTED: Readonly<Record<string, readonly Deed[]>> = {
	'shell.execute': ALL,
	'filesystem.write': ['write'],
	'filesystem.delete': ['write', 'delete'],
	filesystem: [],
	'memory.write': ['write'],
	'memory.delete': ['write', 'delete'],
	memory: [],
	'database.read': ['connect'],
	'database.write': ['connect', 'write'],
	database: ['connect', 'write', 'delete'],
	'git.read': ['child'],
	git: ['child', 'write', 'delete', 'connect'],
	github: ['connect'],
	network: ['connect'],
	payments: ['connect'],
	compute: [],
	secrets: [],
	client: [],
};

const KNOWN_RESOURCES = new Set(KNOWN_CAPABILITIES.map(each => each.split('.', 1)[0]));

/**
 * What a tool of a capability may be seen to do outside of its answer. `unknown` promises nothing, so nothing is expected. Of
 * a capability that the product does not know (`jira.read`), a connection is expected, and writing where its action changes
 * something.
 */
export function expectedDeeds(capability: string): ReadonlySet<Deed> {
	const [resource = ''] = capability.split('.', 1);
	if (capability === UNKNOWN_CAPABILITY) {
		return new Set();
	}
	const own = Object.hasOwn(EXPECTED, capability) ? EXPECTED[capability] : undefined;
	const shared = Object.hasOwn(EXPECTED, resource) ? EXPECTED[resource] : undefined;
	if (own !== undefined || shared !== undefined || KNOWN_RESOURCES.has(resource)) {
		return new Set(own ?? shared ?? []);
	}
	return new Set(hasSideEffects(capability) ? ['connect', 'write'] : ['connect']);
}
