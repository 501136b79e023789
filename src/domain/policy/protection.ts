import { canonicalForms } from './canonicalForms';
import { type CallFacts, type HostFacts, type PathFact } from './facts';
import { namedGlob, type NamedGlob, namesSame } from './globNames';
import { foldCase, isBelow } from './pathSegments';
import { PROTECTED_PLACES, type ProtectedPlaces, type ProtectionEffect } from './protectedPlaces';

/** A built-in protection that speaks of a path. */
export interface Protection {
	readonly effect: ProtectionEffect;
	/** Closed set: the ids of {@link PROTECTED_PLACES}, `workspace-tree` and `unjudgeable-path`. */
	readonly id: string;
	/** One sentence of our own; holds nothing from the call. */
	readonly reason: string;
}

/**
 * What is built in about one canonical path, whatever the policy allows (gateway.md PATH-18, PATH-19). `capability` tells
 * reading from everything else: only `*.read`, `*.list` and `*.roots` read.
 */
export function protectionFor(candidate: string, capability: string, host: HostFacts): Protection | undefined {
	const path = foldCase(candidate, host);
	const segments = segmentsOf(path);
	const inside = isInWorkspace(path, host);
	const { within } = indexFor(host);
	let best: Place | undefined;
	for (const name of ['', ...segments]) {
		for (const place of within.get(name) ?? []) {
			if (holds(place, segments)) {
				best = stricterPlace(best, place, capability, inside);
			}
		}
	}
	return best && protectionOf(best.of, capability, inside);
}

/**
 * What is built in about the tree below a folder that a call takes as a whole. Places with a fixed name below the folder
 * count as if they were named; of names that can be anywhere (`.env`, `package.json`) only changes to a whole workspace
 * ask, because every search would ask otherwise: secrets in what it finds are screened on the way back. A program is asked
 * about and not refused, because naming a folder is not touching all of it.
 */
export function protectionBelow(folder: string, capability: string, host: HostFacts): Protection | undefined {
	const path = foldCase(folder, host);
	const segments = segmentsOf(path);
	const reads = isReading(capability);
	const inside = isInWorkspace(path, host);
	const program = capability.startsWith('shell.');
	const holdsHome = host.home !== undefined && isBelow(foldCase(slashed(host.home), host), path);
	let strictest: Protection | undefined;
	const { above, credentials } = indexFor(host);
	for (const name of ['', segments.at(-1) ?? '']) {
		for (const place of above.get(name) ?? []) {
			if (fitsSomewhere(place, segments, 0, 'before')) {
				strictest = stricter(strictest, protectionOf(place.of, capability, inside));
			}
		}
	}
	if (holdsHome && credentials !== undefined) {
		strictest = stricter(strictest, protectionOf(credentials, capability, inside));
	}
	if (strictest !== undefined && (inside || program)) {
		strictest = { ...strictest, effect: 'require_approval' };
	}
	if (!reads && host.workspaceFolders.some(root => isBelow(foldCase(slashed(root), host), path))) {
		const reason = 'A change to the whole workspace also touches its hooks, settings and secrets.';
		strictest = stricter(strictest, { effect: 'require_approval', id: 'workspace-tree', reason });
	}
	return strictest;
}

/**
 * The strictest built-in protection over every path of a call, in every form and, where the call is recursive, below it.
 * The engine applies it after the policy's own denies: `deny` refuses, `require_approval` turns an allow into a question.
 * Built-in protections are no rules: observe mode and exceptions do not lift them.
 */
export function strictestProtection(
	facts: Pick<CallFacts, 'paths' | 'possiblePaths' | 'capability' | 'host'>,
): Protection | undefined {
	let strictest: Protection | undefined;
	for (const { candidates, globs = [] } of facts.possiblePaths ?? []) {
		for (const form of candidates) {
			strictest = stricter(strictest, protectionFor(form, facts.capability, facts.host));
		}
		for (const glob of globs) {
			strictest = stricter(strictest, protectionOfGlob(glob, facts.capability, facts.host));
		}
	}
	for (const fact of facts.paths) {
		for (const form of formsOf(fact, facts.host)) {
			strictest = stricter(strictest, protectionFor(form, facts.capability, facts.host));
			if (fact.recursive === true) {
				strictest = stricter(strictest, protectionBelow(form, facts.capability, facts.host));
			}
		}
		for (const glob of fact.globs ?? []) {
			strictest = stricter(strictest, protectionOfGlob(glob, facts.capability, facts.host));
		}
		if (fact.problem !== undefined && UNTELLABLE.has(fact.problem) && /^filesystem\./.test(facts.capability)) {
			const reason = 'A path that cannot be judged may be a protected one.';
			strictest = stricter(strictest, { effect: 'require_approval', id: 'unjudgeable-path', reason });
		}
	}
	return strictest;
}

/** What is built in about the names that an absolute glob says: `.en*` says `.env`, `*` says nothing. */
function protectionOfGlob(written: string, capability: string, host: HostFacts): Protection | undefined {
	const text = foldCase(written, host);
	const glob = namedGlob(text);
	if (glob === undefined) {
		return undefined;
	}
	const last = text.split('/').at(-1) ?? '';
	const inside = isInWorkspace(text, host);
	const best = indexFor(host)
		.all.filter(place => !place.except.has(last) && place.glob !== undefined && namesSame(place.glob, glob))
		.reduce<Place | undefined>((found, place) => stricterPlace(found, place, capability, inside), undefined);
	return best && protectionOf(best.of, capability, inside);
}

/** Problems behind which an alias of a local file may hide; without a root, at least the names can be judged. */
const UNTELLABLE: ReadonlySet<string> = new Set(['control-character', 'unresolvable', 'confusable', 'too-long']);

function formsOf(fact: PathFact, host: HostFacts): readonly string[] {
	return fact.problem === 'no-root'
		? [
				...fact.candidates,
				...canonicalForms(fact.raw, { root: host.platform === 'win32' ? 'C:/' : '/', host }).candidates,
			]
		: fact.candidates;
}

function stricter(left: Protection | undefined, right: Protection | undefined): Protection | undefined {
	return left === undefined || (right?.effect === 'deny' && left.effect !== 'deny') ? (right ?? left) : left;
}

function protectionOf(of: ProtectedPlaces, capability: string, inWorkspace: boolean): Protection | undefined {
	const changes = (capability.startsWith('shell.') ? of.program : undefined) ?? of.write;
	const effect = isReading(capability) ? of.read : changes;
	return effect === undefined || effect === 'nothing'
		? undefined
		: { effect: inWorkspace ? (of.inWorkspace ?? effect) : effect, id: of.id, reason: of.reason };
}

/** Of several equally strict places, the first in the list says why. */
function stricterPlace(best: Place | undefined, place: Place, capability: string, inside: boolean): Place | undefined {
	const effect = protectionOf(place.of, capability, inside)?.effect;
	const known = best && protectionOf(best.of, capability, inside)?.effect;
	if (best === undefined || effect === undefined || effect === known) {
		return effect !== undefined && (best === undefined || place.order < best.order) ? place : best;
	}
	return effect === 'deny' ? place : best;
}

/** What is not surely a read counts as a write. */
function isReading(capability: string): boolean {
	return /\.(?:read|list|roots)$/.test(capability);
}

function isInWorkspace(path: string, host: HostFacts): boolean {
	return host.workspaceFolders.some(folder => isBelow(path, foldCase(slashed(folder), host)));
}

function slashed(path: string): string {
	return path.replaceAll('\\', '/');
}

function segmentsOf(path: string): readonly string[] {
	return path.split('/').filter(segment => segment !== '');
}

interface Place {
	readonly of: ProtectedPlaces;
	/** Its group's number in the list. */
	readonly order: number;
	readonly glob: NamedGlob | undefined;
	readonly parts: readonly Part[];
	readonly anchored: boolean;
	readonly how: 'exact' | 'within';
	readonly except: ReadonlySet<string>;
}

/** Places by a literal segment that has to be there; those without one stand under `''`. */
type ByName = ReadonlyMap<string, readonly Place[]>;

interface PlaceIndex {
	/** By a segment that every path in the place has. */
	readonly within: ByName;
	/** By the last segment that a folder above the place may have. */
	readonly above: ByName;
	readonly all: readonly Place[];
	/** What every home holds. */
	readonly credentials: ProtectedPlaces | undefined;
}

/** Built once for each way of folding; the memo changes no outcome. */
const indexes: [PlaceIndex | undefined, PlaceIndex | undefined] = [undefined, undefined];

function indexFor(host: HostFacts): PlaceIndex {
	const slot = host.caseInsensitivePaths ? 1 : 0;
	return (indexes[slot] ??= buildIndex(host));
}

function buildIndex(host: HostFacts): PlaceIndex {
	const within = new Map<string, Place[]>();
	const above = new Map<string, Place[]>();
	const all: Place[] = [];
	for (const [order, of] of PROTECTED_PLACES.entries()) {
		for (const written of of.places) {
			const place = compilePlace(of, order, written, host);
			all.push(place);
			const names = segmentsOf(foldCase(written, host));
			add(within, names.findLast(name => !name.includes('*')) ?? '', place);
			for (const name of new Set(names.slice(0, -1).map(folder => (folder.includes('*') ? '' : folder)))) {
				add(above, name, place);
			}
		}
	}
	return { within, above, all, credentials: PROTECTED_PLACES.find(({ id }) => id === 'credentials') };
}

function add(index: Map<string, Place[]>, name: string, place: Place): void {
	const places = index.get(name);
	if (places === undefined) {
		index.set(name, [place]);
	} else {
		places.push(place);
	}
}

function compilePlace(of: ProtectedPlaces, order: number, written: string, host: HostFacts): Place {
	const text = foldCase(written, host);
	return {
		of,
		order,
		glob: namedGlob((text.startsWith('/') ? '' : '**/') + text + (text.endsWith('/') ? '**' : '')),
		parts: segmentsOf(text).map(part),
		anchored: text.startsWith('/'),
		how: text.endsWith('/') ? 'within' : 'exact',
		except: new Set((of.except ?? []).map(name => foldCase(name, host))),
	};
}

function holds(place: Place, segments: readonly string[]): boolean {
	const { parts, how } = place;
	if (place.except.has(segments.at(-1) ?? '')) {
		return false;
	}
	const first = how === 'exact' && !place.anchored && !parts.includes('**') ? segments.length - parts.length : 0;
	return first >= 0 && fitsSomewhere(place, segments, first, how);
}

function fitsSomewhere({ parts, anchored }: Place, segments: readonly string[], first: number, how: How): boolean {
	for (let at = first; at < (anchored ? 1 : segments.length); at++) {
		if (fits(parts, 0, segments, at, how)) {
			return true;
		}
	}
	return false;
}

type How = 'exact' | 'within' | 'before';

type Part = '**' | ((segment: string) => boolean);

function part(written: string): Part {
	if (written === '**') {
		return '**';
	}
	const [before = '', after] = written.split('*');
	return after === undefined
		? segment => segment === written
		: segment => segment.length >= written.length - 1 && segment.startsWith(before) && segment.endsWith(after);
}

/**
 * Whether the parts fit the segments from `at` on. `exact`: both end together; `within`: the parts end first or together;
 * `before`: the segments end first, after at least one part.
 */
function fits(parts: readonly Part[], from: number, segments: readonly string[], at: number, how: How): boolean {
	if (from === parts.length) {
		return how === 'within' || (how === 'exact' && at === segments.length);
	}
	if (at === segments.length) {
		return how === 'before' && from > 0;
	}
	const current = parts[from];
	if (current === '**') {
		return fits(parts, from + 1, segments, at, how) || fits(parts, from, segments, at + 1, how);
	}
	return current?.(segments[at] ?? '') === true && fits(parts, from + 1, segments, at + 1, how);
}
