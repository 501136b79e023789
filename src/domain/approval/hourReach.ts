import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { nameTokens } from '../policy/nameTokens';
import { isWithin, type PathRules } from '../policy/pathSegments';
import { isCalmLabel } from '../policy/sessionLabel';
import { type GrantReach } from './grant';
import { type GrantCall } from './grantCall';

/**
 * Where one answer may stand for an hour. Everything else is not offered: what runs programs, deletes, leaves this machine, takes
 * free statements (databases), hands out secrets, or is not known.
 */
const CALM_CAPABILITIES: ReadonlySet<string> = new Set([
	'filesystem.read',
	'filesystem.write',
	'git.read',
	'git.write',
	'memory.read',
	'memory.write',
	'compute.run',
]);

/** True for capabilities of which one answer may stand for an hour. */
export function isCalm(capability: string): boolean {
	return CALM_CAPABILITIES.has(capability);
}

/** True for capabilities whose paths are files that they work on: without one it cannot be told where they do. */
export function worksOnFiles(capability: string): boolean {
	return /^(?:filesystem|git)\./.test(capability);
}

/** A tool that says one of these takes work off this machine, or brings some in, whatever its capability is called. */
const LEAVING: ReadonlySet<string> = new Set(
	'push pull fetch clone remote submodule sync send publish upload share deploy config hook hooks'.split(' '),
);

/** True for a tool whose name says that it takes work off this machine, or brings some in. Attacker-controlled. */
export function leavesMachine(tool: string): boolean {
	return nameTokens(tool).some(token => LEAVING.has(token));
}

/** Words of arguments, or of a tool's name, that make a calm capability something else: `mode: delete`, `force: true`. */
const LOUD: ReadonlySet<string> = new Set(
	(
		'force forced delete remove drop hard prune purge discard overwrite amend rewrite recursive noverify verify sign exec ' +
		'command erase wipe destroy truncate unlink rm rmdir kill reset rebase clean expunge trash'
	).split(' '),
);

/** Characters of a text that may be an order, or JSON that holds one; what is longer is content. */
const MAX_ORDER = 64;
const MAX_PACKED = 1024;

/** True when an argument, at any depth, says that the call does more than its tool usually does: no answer given before is for it. */
export function isLoud(args: JsonValue | undefined, depth = 0): boolean {
	if (depth > 8) {
		return true;
	}
	if (isJsonArray(args)) {
		return args.some(item => isLoud(item, depth + 1));
	}
	if (!isJsonObject(args)) {
		return typeof args === 'string' && isLoudText(args.normalize('NFKC').trim(), depth);
	}
	return Object.entries(args).some(
		([name, value]) =>
			isLoud(value, depth + 1) ||
			(value !== false && value !== null && nameTokens(name.normalize('NFKC')).some(token => LOUD.has(token))),
	);
}

/** An option (`--hard`, `-D`), one word that says so (`force-push`, `deleteBranch`), or JSON that holds one. */
function isLoudText(text: string, depth: number): boolean {
	if (/^-{1,2}[a-z]/i.test(text)) {
		return true;
	}
	if (/^[[{"]/.test(text) && text.length <= MAX_PACKED) {
		const packed = parseJson(text, 'lenient');
		return packed.ok && (packed.ambiguous === true || isLoud(packed.value, depth + 1));
	}
	// A path, a file's name or a sentence is no order, whatever words stand in it.
	return text.length <= MAX_ORDER && !/[\s/\\.]/.test(text) && nameTokens(text).some(token => LOUD.has(token));
}

/**
 * What an answer for an hour covers: every tool of the server that does the same (capability), and for calls with paths below the
 * open folders that hold them. Undefined where none is offered: a server that nobody reviewed, a capability that is not calm, a
 * session that has met secrets or text from outside, a place that cannot be told or lies outside of the open folders.
 */
export function hourReachOf(call: GrantCall, rules: PathRules): Extract<GrantReach, { kind: 'deeds' }> | undefined {
	const { binding, paths, possiblePaths, roots = [], urls } = call;
	const calm =
		// The review pins what every tool of the server is; without one, its next tool could be anything.
		binding.entryDigest !== '' &&
		isCalm(binding.capability) &&
		call.labels !== undefined &&
		[...call.labels].every(isCalmLabel) &&
		call.secretPlaces !== true &&
		call.loud !== true &&
		urls.length === 0 &&
		!leavesMachine(binding.tool) &&
		!nameTokens(binding.tool).some(token => LOUD.has(token));
	if (!calm) {
		return undefined;
	}
	const all = [...paths, ...possiblePaths];
	if (worksOnFiles(binding.capability) ? paths.length === 0 : all.length > 0) {
		return undefined;
	}
	const clear = all.every(
		({ problem, globs = [], candidates, flags }) =>
			problem === undefined &&
			globs.length === 0 &&
			candidates.length > 0 &&
			// By its other name, or on what is mounted there, it lies outside.
			flags?.hardLinked !== true &&
			flags?.otherDevice !== true,
	);
	const forms = all.flatMap(({ candidates }) => candidates);
	const folders = roots.filter(root => forms.some(form => isWithin(form, root, rules)));
	const inside = forms.every(form => folders.some(folder => isWithin(form, folder, rules)));
	return clear && inside
		? { kind: 'deeds', capability: binding.capability, folders: [...folders].sort() }
		: undefined;
}
