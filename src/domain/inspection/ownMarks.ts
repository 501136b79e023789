import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { decodeOnce } from '../policy/pathText';
import { type HostFacts } from '../policy/facts';
import { decodeRuns } from './decodeRuns';

/** What tells of the person or of the inner network; recorded with the call. */
export type OwnMarkRule = 'home-path' | 'user-name' | 'private-address';

/** One place where arguments tell of this machine. */
export interface OwnMark {
	readonly rule: OwnMarkRule;
	/** JSON pointer of the text; of a text that only several leaves make together, the first of them. */
	readonly pointer: string;
}

const MAX_LAYERS = 3;
const DECODE_BUDGET = 262_144;
const MAX_PAIRED = 24;
/** UTF-16 units of one text that are looked at as pieces of a longer one. */
const MAX_PIECE = 512;
const MAX_MARKS = 20;
/** Names of accounts that say nothing of a person, and words that occur everywhere. */
const GENERIC = new Set(
	(
		'root admin administrator user users guest default public test tester developer devel ubuntu debian fedora ' +
		'vscode coder codespace codespaces runner jenkins docker nobody daemon home work build agent local server ' +
		'workspace sandbox system service master python nodejs windows linux macos github gitlab azure google'
	).split(' '),
);
const LEAST_NAME = 5;
/** RFC 1918 §3, RFC 4193 §3.1. */
const PRIVATE_ADDRESS =
	/(?<![\w.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})(?![\w.]\d|\w)|(?<![\w:])f[cd][0-9a-f]{2}:[0-9a-f:]{2,40}/i;

/** Looks for what tells of this machine: the home folder, the name of its owner, private addresses. */
export class OwnMarks {
	private readonly home: RegExp | undefined;
	private readonly accountPath: RegExp | undefined;
	private readonly name: RegExp | undefined;
	/** The same expressions whatever stands around what they find. */
	private readonly loose: readonly RegExp[];
	private readonly encoded: readonly { readonly rule: OwnMarkRule; readonly text: string }[];

	constructor({ home, caseInsensitivePaths }: Pick<HostFacts, 'home' | 'caseInsensitivePaths'>) {
		const parts = (home ?? '').split(/[\\/]+/).filter(part => part !== '');
		const owner = parts.length > 1 ? parts.at(-1) : undefined;
		const flags = caseInsensitivePaths ? 'i' : '';
		// A file has the same name under either slash, once or twice over.
		const steps = parts.map(escaped).join(String.raw`[\\/]{1,4}`);
		this.loose = owner === undefined ? [] : [new RegExp(steps, flags), new RegExp(escaped(owner), 'i')];
		if (home !== undefined && parts.length > 1) {
			this.home = new RegExp(`(?<![A-Za-z0-9_.-])[\\\\/]{0,4}${steps}(?![A-Za-z0-9_-])`, flags);
		}
		if (owner !== undefined) {
			this.accountPath = new RegExp(
				`[\\\\/](?:home|users)[\\\\/]{1,4}${escaped(owner)}(?![A-Za-z0-9_-])|~${escaped(owner)}(?=[\\\\/])`,
				'i',
			);
		}
		const telling = owner !== undefined && owner.length >= LEAST_NAME && !GENERIC.has(owner.toLowerCase());
		if (telling) {
			this.name = new RegExp(`(?<![A-Za-z0-9])${escaped(owner)}(?![A-Za-z0-9])`);
		}
		this.encoded = [
			...(home !== undefined && parts.length > 1 ? encodings('home-path', home) : []),
			...(telling ? encodings('user-name', owner) : []),
		];
	}

	/**
	 * Where a value tells of this machine: in a text or a member name, plain, percent-encoded, in base64 or hex, in
	 * encodings of these, or cut up over several texts. Attacker-controlled; bounded; at most 20 places.
	 */
	find(value: JsonValue): readonly OwnMark[] {
		return runSteps(this.findSteps(value));
	}

	/** `find`, in slices. */
	*findSteps(value: JsonValue): Steps<readonly OwnMark[]> {
		const leaves: { readonly text: string; readonly pointer: string }[] = [];
		collect(value, '', leaves);
		const budget = { left: DECODE_BUDGET };
		const found: OwnMark[] = [];
		for (const { text, pointer } of leaves) {
			yield;
			const rule = this.inText(text, 0, budget);
			if (rule !== undefined && found.push({ rule, pointer }) >= MAX_MARKS) {
				return found;
			}
		}
		return found.length > 0 ? found : yield* this.cutUp(leaves);
	}

	private inText(text: string, layer: number, budget: { left: number }): OwnMarkRule | undefined {
		const plain = this.inPlain(text);
		if (plain !== undefined || layer >= MAX_LAYERS) {
			return plain;
		}
		const hidden = this.encoded.find(each => text.includes(each.text));
		if (hidden !== undefined) {
			return hidden.rule;
		}
		const percent = decodeOnce(text);
		const inner = [
			...(percent === undefined || percent === text ? [] : [percent]),
			...decodeRuns(text, Math.max(0, budget.left)).runs.map(run => run.text),
		];
		budget.left -= inner.reduce((sum, each) => sum + each.length, 0);
		for (const each of budget.left < 0 ? [] : inner) {
			const rule = this.inText(each, layer + 1, budget);
			if (rule !== undefined) {
				return rule;
			}
		}
		return undefined;
	}

	private inPlain(text: string): OwnMarkRule | undefined {
		if (this.home?.test(text) === true) {
			return 'home-path';
		}
		if (this.accountPath?.test(text) === true || this.name?.test(text) === true) {
			return 'user-name';
		}
		return PRIVATE_ADDRESS.test(text) ? 'private-address' : undefined;
	}

	/** Two texts, or all of them in a row, that tell together what none of them tells alone. */
	private *cutUp(leaves: readonly { readonly text: string; readonly pointer: string }[]): Steps<readonly OwnMark[]> {
		const pieces = leaves.filter(({ text }) => text !== '' && text.length <= MAX_PIECE);
		const few = pieces.length <= MAX_PAIRED;
		const joined = pieces.map(({ text }) => text).join('');
		// Neighbours say nothing that all in a row do not hold, whatever stands around it there.
		for (const [at, left] of few || this.mayHold(joined) ? pieces.entries() : []) {
			for (const right of few ? pieces : pieces.slice(at + 1, at + 2)) {
				yield;
				const rule = left === right ? undefined : this.acrossJoint(left.text + right.text);
				if (rule !== undefined) {
					return [{ rule, pointer: left.pointer }];
				}
			}
		}
		const rule = this.acrossJoint(joined);
		return rule === undefined ? [] : [{ rule, pointer: pieces[0]?.pointer ?? '' }];
	}

	/** False when no part of a text can be one of these marks. */
	private mayHold(text: string): boolean {
		return (
			this.loose.some(expression => expression.test(text)) || this.encoded.some(each => text.includes(each.text))
		);
	}

	/** Addresses are left out: numbers of two fields next to each other often look like one. */
	private acrossJoint(text: string): OwnMarkRule | undefined {
		const rule = this.inPlain(text);
		return rule === 'private-address'
			? undefined
			: (rule ?? this.encoded.find(each => text.includes(each.text))?.rule);
	}
}

function collect(value: JsonValue | undefined, pointer: string, leaves: { text: string; pointer: string }[]): void {
	if (typeof value === 'string') {
		leaves.push({ text: value, pointer });
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			collect(item, `${pointer}/${String(index)}`, leaves);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			leaves.push({ text: key, pointer });
			collect(item, `${pointer}/${key}`, leaves);
		}
	}
}

/** The text in base64, at each of the three places that it can have in a longer text, and in hex. Short ones say nothing. */
function encodings(rule: OwnMarkRule, text: string): readonly { rule: OwnMarkRule; text: string }[] {
	const bytes = [...new TextEncoder().encode(text)];
	const hex = bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
	const base64 = [0, 1, 2].map(before => {
		const whole = btoa(String.fromCharCode(...Array.from({ length: before }, () => 0), ...bytes)).replace(
			/=+$/,
			'',
		);
		// What the neighbours have a part in is left out.
		const start = before === 0 ? 0 : before + 1;
		const end = (before + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
		return whole.slice(start, end);
	});
	return [...base64, ...base64.map(urlSafe), hex, hex.toUpperCase()].flatMap(each =>
		each.length >= 6 ? [{ rule, text: each }] : [],
	);
}

function urlSafe(base64: string): string {
	return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function escaped(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
