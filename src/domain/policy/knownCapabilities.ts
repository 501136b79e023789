import { nearestKey } from './nearestKey';

const KNOWN: Readonly<Record<string, readonly string[]>> = {
	filesystem: ['read', 'write', 'delete', 'roots'],
	shell: ['execute'],
	database: ['read', 'write', 'delete', 'drop'],
	network: ['request', 'send'],
	payments: ['transfer'],
	secrets: ['read'],
	compute: ['run'],
	memory: ['read', 'write', 'delete'],
	git: ['read', 'write', 'delete'],
	github: ['read', 'write', 'delete'],
	client: ['ask', 'sampling', 'elicitation', 'roots'],
};

/** What a server may ask of its client: MCP's `sampling/createMessage`, `elicitation/create` and `roots/list`. */
export const CLIENT_CAPABILITIES: readonly string[] = ['client.sampling', 'client.elicitation', 'client.roots'];

/** Every capability that the product itself gives to tools; reviewers and `capabilities:` tables may add others. */
export const KNOWN_CAPABILITIES: readonly string[] = Object.entries(KNOWN).flatMap(([resource, actions]) =>
	actions.map(action => `${resource}.${action}`),
);

/**
 * The capability that was probably meant by a written one that nothing has: a known resource or action with a typing
 * mistake. Short words are left alone, because too many words are near to them.
 */
export function probablyMeant(written: string): string | undefined {
	const [resource = '', action = ''] = written.split('.');
	const actions = Object.hasOwn(KNOWN, resource) ? KNOWN[resource] : undefined;
	if (actions === undefined) {
		const near = nearest(resource, Object.keys(KNOWN));
		const fits = near !== undefined && (action === '*' || KNOWN[near]?.includes(action) === true);
		return fits ? `${near}.${action}` : undefined;
	}
	if (action === '*' || actions.includes(action)) {
		return undefined;
	}
	const near = nearest(action, actions);
	return near === undefined ? undefined : `${resource}.${near}`;
}

/** Same letters nearby: `writes`, `raed`, `filesytem`; not `rent` for `read`. */
function nearest(word: string, known: readonly string[]): string | undefined {
	const alike = known.filter(each => isAlike(word, each));
	return alike.length === 0 ? undefined : nearestKey(word, alike);
}

function isAlike(word: string, known: string): boolean {
	const [shorter, longer] = [Math.min(word.length, known.length), Math.max(word.length, known.length)];
	return shorter >= 4 && longer - shorter <= 2 && sharedLetters(word, known) >= shorter - 1;
}

function sharedLetters(left: string, right: string): number {
	const rest = Array.from(right);
	return Array.from(left).filter(letter => {
		const at = rest.indexOf(letter);
		if (at >= 0) {
			rest.splice(at, 1);
		}
		return at >= 0;
	}).length;
}
