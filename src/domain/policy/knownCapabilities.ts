import { nearestKey } from './nearestKey';

/** What each capability means, in one sentence: the only list of them. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	filesystem: {
		read: 'Reads or lists files and folders.',
		write: 'Creates, changes, moves or renames files and folders.',
		delete: 'Deletes files or folders.',
		roots: 'Tells which folders a file server may use: names only.',
	},
	shell: { execute: 'Runs programs or commands on this machine, and with them anything else.' },
	database: {
		read: 'Reads from a database.',
		write: 'Changes data in a database, or sends it a statement that can.',
		delete: 'Deletes data from a database.',
		drop: 'Drops or truncates tables, schemas or whole databases.',
	},
	network: {
		request: 'Fetches something from the network: a page, an API, a search.',
		send: 'Sends data off this machine: mail, messages, posts, uploads.',
	},
	payments: { transfer: 'Moves money: payments, refunds, orders.' },
	secrets: { read: 'Hands out passwords, keys, tokens or environment variables.' },
	compute: { run: 'Computes an answer and touches nothing else.' },
	memory: {
		read: 'Reads what a memory server keeps.',
		write: 'Changes what a memory server keeps, which later sessions will read.',
		delete: 'Deletes from what a memory server keeps.',
	},
	git: {
		read: 'Reads a Git repository: status, log, differences.',
		write: 'Changes a Git repository: commits, branches, the index.',
		delete: 'Throws away work or history in a Git repository.',
	},
	github: {
		read: 'Reads from GitHub: code, issues, pull requests.',
		write: 'Changes something on GitHub, for others to see.',
		delete: 'Deletes something on GitHub.',
	},
	client: {
		ask: 'Makes the server ask its client for something.',
		sampling: 'The server asks the editor\u2019s language model for a completion (sampling/createMessage).',
		elicitation: 'The server asks the person for input (elicitation/create).',
		roots: 'The server asks which folders are open (roots/list).',
	},
};

/** What a server may ask of its client: MCP's `sampling/createMessage`, `elicitation/create` and `roots/list`. */
export const CLIENT_CAPABILITIES: readonly string[] = ['client.sampling', 'client.elicitation', 'client.roots'];

/** Every capability that the product itself gives to tools; reviewers and `capabilities:` tables may add others. */
export const KNOWN_CAPABILITIES: readonly string[] = Object.entries(KNOWN).flatMap(([resource, actions]) =>
	Object.keys(actions).map(action => `${resource}.${action}`),
);

/** What a capability means, in one sentence of ours; undefined for one that the product does not know. */
export function capabilityMeaning(capability: string): string | undefined {
	const [resource = '', action = ''] = capability.split('.');
	const actions = Object.hasOwn(KNOWN, resource) ? KNOWN[resource] : undefined;
	return actions !== undefined && Object.hasOwn(actions, action) ? actions[action] : undefined;
}

/**
 * The capability that was probably meant by a written one that nothing has: a known resource or action with a typing
 * mistake. Short words are left alone, because too many words are near to them.
 */
export function probablyMeant(written: string): string | undefined {
	const [resource = '', action = ''] = written.split('.');
	const actions = Object.hasOwn(KNOWN, resource) ? KNOWN[resource] : undefined;
	if (actions === undefined) {
		const near = nearest(resource, Object.keys(KNOWN));
		const fits = near !== undefined && (action === '*' || Object.hasOwn(KNOWN[near] ?? {}, action));
		return fits ? `${near}.${action}` : undefined;
	}
	if (action === '*' || Object.hasOwn(actions, action)) {
		return undefined;
	}
	const near = nearest(action, Object.keys(actions));
	return near === undefined ? undefined : `${resource}.${near}`;
}

/**
 * The capabilities of a known resource, where a written one names it with an action that it does not have (`network.get`);
 * empty otherwise. Unlike a typing mistake it may well be somebody's own.
 */
export function actionsInstead(written: string): readonly string[] {
	const [resource = '', action = ''] = written.split('.');
	const actions = Object.hasOwn(KNOWN, resource) ? Object.keys(KNOWN[resource] ?? {}) : [];
	return action === '' || action === '*' || actions.includes(action)
		? []
		: actions.map(each => `${resource}.${each}`);
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
