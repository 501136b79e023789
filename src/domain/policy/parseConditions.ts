import { isMap, isScalar } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { readPointer } from './argMatch';
import { compileHostPattern } from './hostPattern';
import { nearestKey } from './nearestKey';
import { compilePattern } from './pattern';
import { isProgramEntry } from './plainCommand';
import { type Effect } from './policy';
import { type Entry, type PolicyReader } from './policyReader';
import { parseUntil } from './parseUntil';
import { notHere, notUsable, shown } from './problemWords';
import {
	itemsOf,
	readMapping,
	readNumber,
	readScalar,
	readText,
	readTexts,
	type SentenceCheck,
	type ValueCheck,
} from './readValues';
import {
	type ApprovalScope,
	type ApprovalTerms,
	type ArgCondition,
	type RuleConditions,
	type RuleLimits,
	type ScalarValue,
} from './ruleConditions';
import { SESSION_LABELS, type SessionLabel } from './sessionLabel';

/** The keys of a rule that this file reads. */
export const CONDITION_KEYS = [
	'hosts',
	'args',
	'contains',
	'match_keywords',
	'match_regex',
	'labels',
	'trust_level',
	'direction',
	'limits',
	'approval',
	'until',
] as const;

/** The keys of one argument's condition. */
export const ARG_KEYS = ['equals', 'one_of', 'matches', 'programs', 'range', 'max_length'] as const;
/** The keys of `limits`. */
export const LIMIT_KEYS = ['calls_per_minute', 'calls_per_session', 'bytes_per_session'] as const;
/** The words of `approval: scopes:`. */
export const SCOPES: readonly ApprovalScope[] = ['once', 'session', 'hour', 'workspace'];

/** Reads the conditions of a rule; what is wrong is reported and left out. */
export function parseConditions(
	entries: ReadonlyMap<string, Entry>,
	effect: Effect,
	reader: PolicyReader,
): RuleConditions & { readonly approval?: ApprovalTerms } {
	refuseMisplaced(entries, effect, reader);
	const hosts = readTexts(entries.get('hosts'), reader, compileHostPattern, phrase('host'));
	const args = readArgs(entries.get('args'), effect, reader);
	const containsEntry = entries.get('contains');
	const contains = containsEntry && readText(containsEntry.value, 'contains', reader);
	const keywords = readLeafTexts(entries.get('match_keywords'), reader);
	const leafPatterns = readPatterns(entries.get('match_regex'), reader);
	const labels = readLabels(entries.get('labels'), reader);
	const trustLevel = readNumber(entries.get('trust_level'), reader, { min: 0, max: 4, whole: true });
	const direction = entries.has('direction')
		? reader.choice(entries.get('direction'), ['client', 'server'])
		: undefined;
	const limits = readLimits(entries.get('limits'), reader);
	const approval = readApproval(entries.get('approval'), reader);
	const until = readUntil(entries.get('until'), reader);
	return {
		...(hosts !== undefined && { hosts }),
		...(args !== undefined && { args }),
		...(contains !== undefined && { contains }),
		...(keywords !== undefined && { keywords }),
		...(leafPatterns !== undefined && { leafPatterns }),
		...(labels !== undefined && { labels }),
		...(trustLevel !== undefined && { trustLevel }),
		...(direction !== undefined && { direction }),
		...(limits !== undefined && { limits }),
		...(approval !== undefined && { approval }),
		...(until !== undefined && { until }),
	};
}

/** Keys that would mean something else, or nothing, under this effect. */
function refuseMisplaced(entries: ReadonlyMap<string, Entry>, effect: Effect, reader: PolicyReader): void {
	const refuse = (key: string, why: Phrase) => {
		const entry = entries.get(key);
		if (entry !== undefined) {
			reader.error('misplaced-key', notHere(key, why), entry.keyNode);
		}
	};
	if (effect !== 'require_approval') {
		refuse('approval', phrase('only a require_approval rule asks'));
	}
	if (effect === 'deny') {
		refuse('limits', phrase('a deny lets nothing pass; put limits on the allow or require_approval'));
		const why = phrase('it is a minimum, so a deny would hit the trusted; put it on the allow');
		refuse('trust_level', why);
	}
	if (effect === 'allow') {
		const why = phrase("any argument could hold the text; name the argument with 'args:' and 'matches:'");
		for (const key of ['contains', 'match_keywords', 'match_regex']) {
			refuse(key, why);
		}
	}
	const until = entries.get('until');
	if (effect === 'deny' && until !== undefined) {
		const said = phrase("A deny does not expire, so that 'until' has no effect; remove it.");
		reader.warn('ignored', said, until.keyNode);
	}
}

function readArgs(entry: Entry | undefined, effect: Effect, reader: PolicyReader): readonly ArgCondition[] | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const pointers = isMap(entry.value)
		? entry.value.items.map(item => (isScalar(item.key) ? String(item.key.value) : ''))
		: [];
	const args: ArgCondition[] = [];
	const otherwise = phrase("'{0}' must be a mapping with JSON pointers such as '/amount'.", entry.key ?? '');
	for (const [pointer, cell] of readMapping(entry, reader, pointers, otherwise) ?? []) {
		if (readPointer(pointer) === undefined) {
			const said = phrase("'{0}' is not a JSON pointer; write '/amount' or '/items/0/id'.", shown(pointer));
			reader.error('invalid-value', said, cell.keyNode);
			continue;
		}
		const keys = readMapping(cell, reader, ARG_KEYS);
		if (keys !== undefined) {
			refuseLength(keys, effect, reader);
			args.push(readArg(pointer, keys, reader));
		}
	}
	return args;
}

/** Under a deny or approval it would mean the short ones, which nobody wants to say. */
function refuseLength(keys: ReadonlyMap<string, Entry>, effect: Effect, reader: PolicyReader): void {
	const entry = keys.get('max_length');
	if (entry === undefined || effect === 'allow') {
		return;
	}
	const most = isScalar(entry.value) ? Number(entry.value.value) : Number.NaN;
	const pattern = most >= 0 && most < 1000 ? `matches: '.{${String(Math.trunc(most) + 1)}}'` : 'matches:';
	const said = phrase(
		"'max_length' does not belong here: a {0} would hold for the short. Put it on the allow, or write {1} for the long.",
		effect,
		pattern,
	);
	reader.error('misplaced-key', said, entry.keyNode);
}

function readArg(pointer: string, keys: ReadonlyMap<string, Entry>, reader: PolicyReader): ArgCondition {
	const equalsEntry = keys.get('equals');
	const equals = equalsEntry && readScalar(equalsEntry.value, 'equals', reader);
	const oneOf = itemsOf(keys.get('one_of'), reader)
		?.map(node => readScalar(node, 'one_of', reader))
		.filter((value): value is ScalarValue => value !== undefined);
	const matches = readPatterns(keys.get('matches'), reader);
	if (matches !== undefined && matches.length > 1) {
		const said = phrase("'matches' is one pattern; join several with |.");
		reader.error('wrong-type', said, keys.get('matches')?.value);
	}
	const programs = readTexts(keys.get('programs'), reader, checkProgram, phrase('program'));
	const range = readRange(keys.get('range'), reader);
	const maxLength = readNumber(keys.get('max_length'), reader, { min: 0, whole: true });
	if (equals !== undefined && oneOf !== undefined && !oneOf.includes(equals)) {
		const said = phrase("'equals' is none of 'one_of': nothing can be both.");
		reader.error('never-matches', said, equalsEntry?.value);
	}
	return {
		pointer,
		...(equals !== undefined && { equals }),
		...(oneOf !== undefined && { oneOf }),
		...(matches?.[0] !== undefined && { matches: matches[0] }),
		...(programs !== undefined && { programs }),
		...(range !== undefined && { range }),
		...(maxLength !== undefined && { maxLength }),
	};
}

function checkProgram(text: string): ReturnType<ValueCheck> {
	return isProgramEntry(text)
		? { ok: true }
		: { ok: false, why: phrase("write a program, or one with its first words, such as 'ls' or 'git status'") };
}

function readRange(entry: Entry | undefined, reader: PolicyReader): ArgCondition['range'] {
	const keys = readMapping(entry, reader, ['min', 'max']);
	if (keys === undefined) {
		return undefined;
	}
	const min = readNumber(keys.get('min'), reader);
	const max = readNumber(keys.get('max'), reader);
	if (min !== undefined && max !== undefined && min > max) {
		reader.error('never-matches', phrase("'min' lies above 'max': no number is in this range."), entry?.value);
	}
	return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function readPatterns(entry: Entry | undefined, reader: PolicyReader): readonly string[] | undefined {
	const texts = readLeafTexts(entry, reader);
	for (const text of texts ?? []) {
		const outcome = compilePattern(text);
		if (!outcome.ok) {
			reader.error('invalid-pattern', notUsable(text, phrase('pattern'), outcome.why), entry?.value);
			return undefined;
		}
	}
	return texts;
}

function readLeafTexts(entry: Entry | undefined, reader: PolicyReader): readonly string[] | undefined {
	return itemsOf(entry, reader)
		?.map(node => readText(node, entry?.key ?? '', reader))
		.filter(text => text !== undefined);
}

function readLabels(entry: Entry | undefined, reader: PolicyReader): readonly SessionLabel[] | undefined {
	const known = (text: string): text is SessionLabel => SESSION_LABELS.some(label => label === text);
	const check = (text: string): ReturnType<SentenceCheck> => {
		if (known(text)) {
			return { ok: true };
		}
		const nearest = nearestKey(
			text.replaceAll('-', '_'),
			SESSION_LABELS.map(label => label.replaceAll('-', '_')),
		);
		return nearest === undefined
			? { ok: false, why: phrase('labels are {0}', SESSION_LABELS.join(', ')) }
			: {
					ok: false,
					said: phrase("'{0}' is no label; did you mean '{1}'?", shown(text), nearest.replaceAll('_', '-')),
				};
	};
	return readTexts(entry, reader, check, phrase('label'), 'invalid-value')?.filter(known);
}

function readLimits(entry: Entry | undefined, reader: PolicyReader): RuleLimits | undefined {
	const keys = readMapping(entry, reader, LIMIT_KEYS);
	if (keys === undefined) {
		return undefined;
	}
	const read = (key: (typeof LIMIT_KEYS)[number]) => readNumber(keys.get(key), reader, { min: 1, whole: true });
	const callsPerMinute = read('calls_per_minute');
	const callsPerSession = read('calls_per_session');
	const bytesPerSession = read('bytes_per_session');
	return {
		...(callsPerMinute !== undefined && { callsPerMinute }),
		...(callsPerSession !== undefined && { callsPerSession }),
		...(bytesPerSession !== undefined && { bytesPerSession }),
	};
}

function readApproval(entry: Entry | undefined, reader: PolicyReader): ApprovalTerms | undefined {
	const keys = readMapping(entry, reader, ['timeout', 'scopes']);
	if (keys === undefined) {
		return undefined;
	}
	const isScope = (text: string): text is ApprovalScope => SCOPES.some(scope => scope === text);
	const timeout = readNumber(keys.get('timeout'), reader, { min: 1, max: 86_400, whole: true });
	const scopes = readTexts(
		keys.get('scopes'),
		reader,
		text => (isScope(text) ? { ok: true } : { ok: false, why: phrase('scopes are {0}', SCOPES.join(', ')) }),
		phrase('scope'),
		'invalid-value',
	)?.filter(isScope);
	return { ...(timeout !== undefined && { timeout }), ...(scopes !== undefined && { scopes }) };
}

function readUntil(entry: Entry | undefined, reader: PolicyReader): number | undefined {
	const text = entry && reader.line(entry, 40);
	if (text === undefined) {
		return undefined;
	}
	const until = parseUntil(text);
	if (until === undefined) {
		const said = phrase("'until' is a day (2027-01-31, counted in full, UTC) or a time (2027-01-31T18:00:00Z).");
		reader.error('invalid-value', said, entry?.value);
	}
	return until;
}
