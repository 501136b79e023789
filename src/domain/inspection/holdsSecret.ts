import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { decodeOnce } from '../policy/pathText';
import { decodeRuns } from './decodeRuns';
import { maskSecrets, maskSteps } from './maskSecrets';

/** Encodings of encodings are opened so far. */
const MAX_LAYERS = 3;
/** Characters of decoded text that are looked at. */
const DECODE_BUDGET = 262_144;
/** So many texts are held against each other; of more, only neighbours are. */
const MAX_PAIRED = 12;
/** Characters on each side of a joint that are looked at. */
const JOINT = 192;
/** Characters of texts in a row that are looked at. */
const MAX_ROW = 65_536;

/** What tokens and their encodings are made of. */
const TOKEN = /[\w+/=%.-]/;

/** Rules of what is known by its form alone. Names such as `token:` at the end of one text say nothing about the next. */
export const BY_FORM =
	/^(?:aws-access-key-id|github-token|gitlab-token|slack-token|stripe-key|ai-service-key|google-api-key|npm-token|jwt|private-key)$/;

/**
 * True when attacker-controlled arguments hold a secret: plain, under a secret name, percent-encoded, in base64 or hex, in
 * encodings of these, as a key, or cut in two (several, where they follow each other) texts. Never throws; bounded.
 */
export function holdsSecret(value: JsonValue): boolean {
	return runSteps(holdsSecretSteps(value));
}

/** What is frozen is looked through once: as arguments of a call, and within all that crosses. Gone with the message. */
const seen = new WeakMap<object, boolean>();

/** `holdsSecret`, in slices; of what is frozen the same question has its answer at once. */
export function* holdsSecretSteps(value: JsonValue): Steps<boolean> {
	const isObject = typeof value === 'object' && value !== null;
	const before = isObject ? seen.get(value) : undefined;
	if (before !== undefined) {
		return before;
	}
	const holds = yield* look(value);
	if (isObject && Object.isFrozen(value)) {
		seen.set(value, holds);
	}
	return holds;
}

function* look(value: JsonValue): Steps<boolean> {
	return (yield* maskSteps(value)).findings.length > 0 || (yield* holdsHiddenSteps(value));
}

/** The same of what no text says plainly: of encodings of encodings, of keys, and of what is cut up. */
export function* holdsHiddenSteps(value: JsonValue): Steps<boolean> {
	const texts: Texts = { keys: [], leaves: [] };
	collect(value, texts);
	const budget = { left: DECODE_BUDGET };
	for (const key of texts.keys) {
		yield;
		if (isSecret(key, 1, budget)) {
			return true;
		}
	}
	for (const leaf of texts.leaves) {
		yield;
		if (isSecret(leaf, 0, budget) || isParted(leaf)) {
			return true;
		}
	}
	return yield* isCutUp(texts.leaves);
}

/** Forms that no honest words make when what stands between them goes. */
const STRICT = /^(?:aws-access-key-id|github-token|gitlab-token|slack-token|google-api-key)$/;
const INVISIBLE = /\p{Cf}|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0/u;
/** Characters of one text that are looked at without what parts them. */
const MAX_PARTED = 65_536;

/** A key with invisible characters or spaces in it. */
function isParted(text: string): boolean {
	const looked = text.slice(0, MAX_PARTED);
	const without = (parts: RegExp, rules: RegExp) => {
		const joined = looked.replace(parts, '');
		return (
			joined.length < looked.length &&
			maskSecrets(joined).findings.some(
				({ rule, span }) =>
					rules.test(rule) && /(?:\d.{0,64}){2}/.test(joined.slice(span.start, span.end).slice(4)),
			)
		);
	};
	return (
		(INVISIBLE.test(looked) && without(new RegExp(INVISIBLE.source, 'gu'), BY_FORM)) ||
		(/\s/.test(looked) && without(/\s+/g, STRICT))
	);
}

/** Lines of an `.env` file, cut up in name or value: a value that begins right at a joint may be anything. */
const BY_ASSIGNMENT = /^(?:aws-secret-key|named-secret)$/;

interface Texts {
	readonly keys: string[];
	readonly leaves: string[];
}

function collect(value: JsonValue | undefined, texts: Texts): void {
	if (typeof value === 'string') {
		texts.leaves.push(value);
	} else if (isJsonArray(value)) {
		value.forEach(item => {
			collect(item, texts);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			texts.keys.push(key);
			collect(item, texts);
		}
	}
}

function isSecret(text: string, layer: number, budget: { left: number }): boolean {
	// The texts themselves have been looked at as values; keys have not.
	return (
		(layer > 0 && maskSecrets(text).findings.length > 0) ||
		(layer < MAX_LAYERS && opened(text, budget).some(inner => isSecret(inner, layer + 1, budget)))
	);
}

/** What a text says when one layer of encoding is taken off. */
function opened(text: string, budget: { left: number }): readonly string[] {
	const decoded = decodeOnce(text);
	const percent = decoded === undefined || decoded === text ? [] : [decoded, decoded.replaceAll('+', ' ')];
	const inner = [...percent, ...decodeRuns(text, Math.max(0, budget.left)).runs.map(run => run.text)];
	budget.left -= inner.reduce((sum, each) => sum + each.length, 0);
	return budget.left < 0 ? [] : inner;
}

function* isCutUp(leaves: readonly string[]): Steps<boolean> {
	const pieces = leaves.map(endsOf).filter(leaf => leaf !== '');
	const few = pieces.length <= MAX_PAIRED;
	for (const [at, left] of pieces.entries()) {
		for (const right of few ? pieces : pieces.slice(at + 1, at + 2)) {
			yield;
			if (left !== right && isAcross([left.slice(-JOINT), right.slice(0, JOINT)])) {
				return true;
			}
		}
	}
	return isAcross(pieces);
}

/** Only the ends of a long text can be a part of what is cut up. */
function endsOf(leaf: string): string {
	const text = leaf.length > 4 * JOINT ? `${leaf.slice(0, 2 * JOINT)} ${leaf.slice(-2 * JOINT)}` : leaf;
	return text.trim();
}

/** A secret that none of the texts holds alone, but all of them one behind the other. */
function isAcross(pieces: readonly string[]): boolean {
	const ends: number[] = [];
	let joined = '';
	for (const piece of pieces) {
		if (joined.length > MAX_ROW) {
			break;
		}
		joined += piece;
		ends.push(joined.length);
	}
	const isJoint = ends.some(end => TOKEN.test(joined[end - 1] ?? '') && TOKEN.test(joined[end] ?? ''));
	return (
		isJoint &&
		maskSecrets(joined).findings.some(({ rule, span }) => {
			const start = BY_FORM.test(rule) ? span.start : nameStart(joined, span.start, rule);
			return start !== undefined && ends.some(end => start < end && end < span.end && end !== span.start);
		})
	);
}

/** Where `NAME=` begins in front of a value that is known by its name; undefined for other ways to name one. */
function nameStart(joined: string, value: number, rule: string): number | undefined {
	const named = BY_ASSIGNMENT.test(rule)
		? /[\w.-]{1,80} {0,3}= {0,3}["']?$/.exec(joined.slice(Math.max(0, value - 100), value))
		: null;
	return named === null ? undefined : value - named[0].length;
}
