import { type DeniedCall, type SessionCall } from './sessionState';
import { leavesOf } from './steering';

const MAX_TARGETS = 64;
const MAX_WORDS = 64;
const MAX_TARGET = 512;
const MAX_TEXT = 4096;
/** Share of common words from which two calls without targets are alike. */
const ALIKE = 0.5;

/** What is remembered of a denied call. */
export function deniedCall(call: Pick<SessionCall, 'arguments' | 'argumentsDigest' | 'paths' | 'folders'>): DeniedCall {
	const { leaves } = leavesOf(call.arguments);
	const folders = new Set(call.folders);
	const paths = (call.paths ?? [])
		.flatMap(({ raw, candidates }) => (candidates.length > 0 ? candidates : [raw]))
		.filter(path => !folders.has(path));
	const steering = leaves.filter(leaf => leaf.steering).flatMap(({ text }) => targetsIn(text));
	const words = leaves.flatMap(({ text }) => text.slice(0, MAX_TEXT).split(/[^\p{L}\p{N}_-]+/u));
	return {
		digest: call.argumentsDigest,
		targets: bounded([...paths, ...steering.filter(text => !folders.has(text))], MAX_TARGETS),
		words: bounded(words, MAX_WORDS),
	};
}

/**
 * How many of the denied calls are this one with changed arguments: about the same path, address, command or recipient or,
 * where neither has one, in mostly the same words. Other targets are other calls.
 */
export function variantsAmong(denied: readonly DeniedCall[], call: DeniedCall): number {
	return denied.filter(each => each.digest !== call.digest && resembles(each, call)).length;
}

function resembles(left: DeniedCall, right: DeniedCall): boolean {
	if (left.targets.length + right.targets.length > 0) {
		return left.targets.some(target => right.targets.includes(target));
	}
	const common = left.words.filter(word => right.words.includes(word)).length;
	return common > 0 && common / (left.words.length + right.words.length - common) >= ALIKE;
}

/** Addresses and paths in a steering text; one without any is its own target where it is one word. */
function targetsIn(text: string): readonly string[] {
	const words = text.split(/[\s;&|<>"'`,()]+/).filter(word => word !== '');
	const telling = words.filter(word => word.length >= 4 && /[@/:.]/.test(word));
	return telling.length > 0
		? telling.map(word => word.replace(/(?<=.)[?#].*$/, ''))
		: words.length === 1
			? words
			: [];
}

function bounded(texts: readonly string[], most: number): readonly string[] {
	return [...new Set(texts.filter(text => text !== '').map(text => text.slice(0, MAX_TARGET)))].slice(0, most);
}
