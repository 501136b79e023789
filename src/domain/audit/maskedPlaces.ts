import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { maskSecrets, maskText } from '../inspection/maskSecrets';
import { MASK } from '../inspection/secretRules';
import { readPointer } from '../policy/argMatch';
import { type CallFacts, type PathFact } from '../policy/facts';
import { findUrls } from '../policy/findUrls';
import { type UrlFact } from '../policy/urlFact';

type Call = Pick<CallFacts, 'arguments' | 'paths' | 'possiblePaths' | 'host'>;

/**
 * The places of a call beside the masked copy of its arguments: what `maskSecrets` masks there, by its form or by the name
 * that it stands under, shows nowhere else either. INVARIANT: secrets are masked before storage (6).
 */
export class MaskedPlaces {
	private readonly masked: JsonValue;
	private readonly altered: boolean;
	private readonly hidden = new Set<PathFact>();
	/** Where hidden paths lie: what other paths are counted from shows them too. */
	private readonly hiddenRoots: readonly string[];
	private readings: ReadonlySet<string> | undefined;

	constructor(private readonly call: Call) {
		this.masked = maskSecrets(call.arguments).value;
		this.altered = !sameJson(this.masked, call.arguments);
		const all = this.altered ? [...call.paths, ...(call.possiblePaths ?? [])] : [];
		for (const fact of all) {
			if (!this.stillSays(fact)) {
				this.hidden.add(fact);
			}
		}
		this.hiddenRoots = [...this.hidden]
			.flatMap(({ candidates }) => candidates)
			.filter(root => !call.host.workspaceFolders.some(folder => isBelow(folder, root)));
	}

	/** A text of this path (a candidate, a glob, its raw text) as it may be recorded; the text itself where nothing hides. */
	text(fact: PathFact, text: string): string {
		const plain = maskText(text);
		const raw = maskText(fact.raw);
		// Where the copy shows the path masked in part, so may the record.
		const partly = this.altered && raw !== fact.raw && !plain.endsWith(raw);
		const whole = this.hidden.has(fact) || partly || this.hiddenRoots.some(root => isBelow(text, root));
		return whole && text !== '' ? `[masked:place len=${String(text.length)}]` : plain;
	}

	/** True when the masked copy tells as much as this URL. */
	shows({ readings }: UrlFact): boolean {
		if (this.altered && this.readings === undefined) {
			const urls = isJsonObject(this.masked) ? findUrls(this.masked) : [];
			this.readings = new Set(urls.flatMap(url => url.readings.map(reading => JSON.stringify(reading))));
		}
		const known = this.readings;
		return readings.every(
			reading =>
				maskText(reading.host) === reading.host && (known === undefined || known.has(JSON.stringify(reading))),
		);
	}

	/** True when every path and URL may be recorded as it is. */
	showsAll(urls: readonly UrlFact[]): boolean {
		const { paths } = this.call;
		return (
			paths.every(fact => fact.candidates.every(form => this.text(fact, form) === form)) &&
			urls.every(url => this.shows(url))
		);
	}

	/** True when the masked copy still has what the path was read from. */
	private stillSays({ pointer, raw }: PathFact): boolean {
		const kept = at(this.masked, pointer);
		if (sameJson(kept, at(this.call.arguments, pointer))) {
			return true;
		}
		const plain = maskText(raw);
		const text = typeof kept !== 'string' ? '' : plain === raw ? kept.split(ANY_MASK).join('\0') : kept;
		return raw !== '' && text.includes(plain);
	}
}

const ANY_MASK = new RegExp(MASK.source, 'g');

/** The root itself or below it; below the root of a file system lies everything, which hides nothing. */
function isBelow(path: string, root: string): boolean {
	const bare = root.replace(/[\\/]+$/, '');
	return /[\\/]./.test(bare) && path.startsWith(bare) && /^(?:[\\/]|$)/.test(path.slice(bare.length));
}

/** What a pointer of ours says; where it leads nowhere (the name of a member, a text in a text), the deepest there is. */
function at(value: JsonValue | undefined, pointer: string): JsonValue | undefined {
	let found = value;
	for (const token of readPointer(pointer) ?? []) {
		const next: JsonValue | undefined = isJsonArray(found)
			? found[Number(token)]
			: isJsonObject(found) && Object.hasOwn(found, token)
				? found[token]
				: undefined;
		if (next === undefined) {
			return found;
		}
		found = next;
	}
	return found;
}
