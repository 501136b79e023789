import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { ENFORCEMENT_MODES } from '../identity/enforcementMode';
import { compileToolGlob } from '../identity/toolGlob';
import { isTrustLevel, TRUST_LEVEL_NAMES, TRUST_LEVELS, type TrustLevel } from '../identity/trustLevel';
import { isCapabilityPattern } from './capabilityName';
import { compileNameGlob } from './glob';
import { type IdentityPolicy, type IdentityRequirement, type IdentityTerms } from './identityPolicy';
import { splitToolPattern } from './identityTerms';
import { type Entry, type PolicyReader } from './policyReader';
import { below, notMapping, notUsable, shown } from './problemWords';
import { readTexts, type ValueCheck } from './readValues';

/** The terms that may stand at each place of the section. */
export const TERM_KEYS = ['min_trust_level', 'require_badge', 'allowed_tools', 'denied_tools'] as const;

/** Keys of the section `identity`. */
export const IDENTITY_KEYS = ['mode', ...TERM_KEYS, 'servers', 'capabilities', 'tools'] as const;

/** More patterns than this in one mapping are an error. */
const MAX_PATTERNS = 256;

/** Reads the section `identity`; undefined where the policy has none. What is wrong with it is reported. */
export function parseIdentity(entry: Entry | undefined, reader: PolicyReader): IdentityPolicy | undefined {
	if (entry === undefined || isEmpty(entry.value)) {
		return undefined;
	}
	const node = entry.value;
	if (!isMap(node)) {
		reader.error('wrong-type', notMapping('identity', IDENTITY_KEYS), node);
		return undefined;
	}
	const entries = reader.entries(node.items, IDENTITY_KEYS, below('identity'));
	const mode = entries.get('mode');
	const terms = readTerms(entries, node, reader);
	return {
		mode: mode === undefined ? 'guard' : readMode(mode, reader),
		...(mode !== undefined && { modeAt: reader.at(mode.keyNode) }),
		defaults: Object.keys(terms).length > 1 ? terms : undefined,
		servers: readPatterns(
			entries.get('servers'),
			reader,
			phrase('glob over the name of a server'),
			compileNameGlob,
		),
		capabilities: readPatterns(entries.get('capabilities'), reader, phrase('capability'), checkCapability),
		tools: readPatterns(entries.get('tools'), reader, phrase("'server/tool' glob"), checkTool),
	};
}

function readMode(entry: Entry, reader: PolicyReader): IdentityPolicy['mode'] {
	const before = reader.problems.length;
	// `choice` falls back to the first word, which is the mildest; an error leaves no policy anyway.
	const mode = reader.choice(entry, ENFORCEMENT_MODES);
	return reader.problems.length > before ? 'strict' : mode;
}

/** Always has `at`; a term that is not said is absent. */
function readTerms(entries: ReadonlyMap<string, Entry>, node: Node | null, reader: PolicyReader): IdentityTerms {
	const minTrustLevel = readLevel(entries.get('min_trust_level'), reader);
	const requireBadge = readFlag(entries.get('require_badge'), reader);
	const allowedTools = readTools(entries.get('allowed_tools'), reader);
	const deniedTools = readTools(entries.get('denied_tools'), reader);
	const both = allowedTools?.find(tool => deniedTools?.includes(tool));
	if (both !== undefined) {
		const said = phrase(
			"'{0}' is allowed and denied here; 'denied_tools' wins, so take it out of one of the two.",
			shown(both),
		);
		reader.warn('shadowed', said, entries.get('allowed_tools')?.value);
	}
	const said = TERM_KEYS.map(key => entries.get(key)).find(entry => entry !== undefined);
	return {
		...(minTrustLevel !== undefined && { minTrustLevel }),
		...(requireBadge !== undefined && { requireBadge }),
		...(allowedTools !== undefined && { allowedTools }),
		...(deniedTools !== undefined && { deniedTools }),
		at: reader.at(said?.keyNode ?? node),
	};
}

function readPatterns(
	entry: Entry | undefined,
	reader: PolicyReader,
	what: Phrase,
	check: ValueCheck,
): readonly IdentityRequirement[] {
	if (entry === undefined || isEmpty(entry.value)) {
		return [];
	}
	const name = entry.key ?? '';
	const node = entry.value;
	if (!isMap(node) || node.items.length > MAX_PATTERNS) {
		const said = phrase(
			"'{0}' must be a mapping of at most {1} patterns, each with {2}.",
			name,
			MAX_PATTERNS,
			TERM_KEYS.join(', '),
		);
		reader.error('wrong-type', said, node);
		return [];
	}
	const keys = node.items.map(item => (isScalar(item.key) ? String(item.key.value) : ''));
	return [...reader.entries(node.items, keys, below(`identity.${name}`))].flatMap(([of, cell]) => {
		const outcome = check(of);
		if (!outcome.ok) {
			reader.error('invalid-pattern', notUsable(of, what, outcome.why), cell.keyNode);
		}
		const value = cell.value;
		if (!isMap(value) || value.items.length === 0) {
			const code = isEmpty(value) || isMap(value) ? 'empty-value' : 'wrong-type';
			reader.error(code, notMapping(shown(of), TERM_KEYS), value ?? cell.keyNode);
			return [];
		}
		const terms = readTerms(reader.entries(value.items, TERM_KEYS, below(of)), value, reader);
		return [{ of, ...terms, at: reader.at(cell.keyNode) }];
	});
}

function readLevel(entry: Entry | undefined, reader: PolicyReader): TrustLevel | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const written: unknown = isScalar(entry.value) ? entry.value.value : undefined;
	const level = typeof written === 'number' ? String(written) : written;
	if (isTrustLevel(level)) {
		return level;
	}
	const named = TRUST_LEVELS.find(each => {
		const { code, name } = TRUST_LEVEL_NAMES[each];
		return typeof written === 'string' && [code, name].some(word => word.toLowerCase() === written.toLowerCase());
	});
	const advice =
		named === undefined
			? phrase('0 (none), 1, 2, 3 or 4')
			: phrase("'{0}' is level {1}", shown(String(written)), named);
	reader.error('invalid-value', phrase("'min_trust_level' must be a level from 0 to 4: {0}.", advice), entry.value);
	return undefined;
}

function readFlag(entry: Entry | undefined, reader: PolicyReader): boolean | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const value: unknown = isScalar(entry.value) ? entry.value.value : undefined;
	if (typeof value === 'boolean') {
		return value;
	}
	reader.error('wrong-type', phrase("'{0}' must be true or false.", entry.key ?? ''), entry.value ?? entry.keyNode);
	return undefined;
}

/** An empty list is a value of its own here: nothing is allowed. */
function readTools(entry: Entry | undefined, reader: PolicyReader): readonly string[] | undefined {
	return entry !== undefined && isSeq(entry.value) && entry.value.items.length === 0
		? []
		: readTexts(entry, reader, compileToolGlob, phrase('glob over the name of a tool'));
}

function checkCapability(text: string): ReturnType<ValueCheck> {
	return isCapabilityPattern(text)
		? { ok: true }
		: { ok: false, why: phrase("write 'resource.action', 'resource.*', '*.action' or '*' in lower case") };
}

function checkTool(text: string): ReturnType<ValueCheck> {
	const halves = splitToolPattern(text);
	if (halves.length === 0) {
		return { ok: false, why: phrase("write 'server/tool', or 'server/*' for all tools of a server") };
	}
	const outcomes = halves.map<ReturnType<ValueCheck>>(
		({ server, tool }) => [compileNameGlob(server), compileNameGlob(tool)].find(({ ok }) => !ok) ?? { ok: true },
	);
	const [first = { ok: true as const }] = outcomes;
	return outcomes.some(({ ok }) => ok) ? { ok: true } : first;
}

function isEmpty(node: Node | null): boolean {
	return node === null || (isScalar(node) && node.value === null);
}
