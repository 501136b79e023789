import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { INSPECTION_RULE_IDS } from '../inspection/ruleIds';
import { compileNameGlob } from './glob';
import {
	type AnswerEffect,
	type AnswerRule,
	type InspectionSaid,
	type OutgoingEffect,
	PERSONAL_DATA,
	type PersonalData,
	type Severity,
	type Suppression,
} from './inspectionPolicy';
import { nearestKey } from './nearestKey';
import { parseUntil } from './parseUntil';
import { type Entry, type PolicyReader } from './policyReader';
import { GLOB, type KeyPlace, shown } from './problemWords';
import { readMapping, readTexts } from './readValues';

/** Keys of the section `inspection`. */
export const INSPECTION_KEYS = ['answers', 'suppress', 'results', 'outgoing'] as const;

/** Keys of an entry of `inspection.answers`. */
export const ANSWER_KEYS = ['effect', 'severity', 'servers', 'tools', 'id', 'description'] as const;

/** Keys of an entry of `inspection.suppress`. */
export const SUPPRESS_KEYS = ['server', 'rule', 'until', 'reason'] as const;

/** Keys of `inspection.outgoing`. */
export const OUTGOING_KEYS = ['secrets', 'personal_data'] as const;

const AN_ANSWER_RULE: KeyPlace = { inside: phrase('in an answer rule'), of: phrase('of an answer rule') };
const A_SUPPRESSION: KeyPlace = { inside: phrase('in a suppression'), of: phrase('of a suppression') };

/** More entries than this in one list are an error. */
const MAX_ENTRIES = 256;

/** Reads the section `inspection`; undefined where the policy has none. What is wrong with it is reported. */
export function parseInspection(entry: Entry | undefined, reader: PolicyReader): InspectionSaid | undefined {
	const empty = entry === undefined || entry.value === null || (isScalar(entry.value) && entry.value.value === null);
	const entries = empty ? undefined : readMapping(entry, reader, INSPECTION_KEYS);
	if (entries === undefined) {
		return undefined;
	}
	const results = readMapping(entries.get('results'), reader, ['secrets'])?.get('secrets');
	const outgoing = readMapping(entries.get('outgoing'), reader, OUTGOING_KEYS);
	const secrets = outgoing?.get('secrets');
	return {
		answers: listOf(entries.get('answers'), reader, AN_ANSWER_RULE, ANSWER_KEYS, readAnswer),
		suppress: listOf(entries.get('suppress'), reader, A_SUPPRESSION, SUPPRESS_KEYS, readSuppression),
		...(results !== undefined && { resultSecrets: reader.choice(results, ['mask', 'pass']) }),
		...(secrets !== undefined && { outgoingSecrets: reader.choice(secrets, ['refuse', 'redact']) }),
		personalData: readPersonalData(outgoing?.get('personal_data'), reader),
	};
}

type ReadItem<T> = (
	entries: ReadonlyMap<string, Entry>,
	node: Node,
	index: number,
	reader: PolicyReader,
) => T | undefined;

function listOf<T extends AnswerRule | Suppression>(
	entry: Entry | undefined,
	reader: PolicyReader,
	where: KeyPlace,
	keys: readonly string[],
	read: ReadItem<T>,
): readonly T[] {
	const name = entry?.key ?? '';
	if (entry === undefined || (isScalar(entry.value) && entry.value.value === null)) {
		return [];
	}
	if (!isSeq(entry.value) || entry.value.items.length > MAX_ENTRIES) {
		const said = phrase("'{0}' must be a list of at most {1} entries.", name, MAX_ENTRIES);
		reader.error('wrong-type', said, entry.value ?? entry.keyNode);
		return [];
	}
	const ids = new Set<string>();
	return entry.value.items.flatMap((item, index) => {
		const node = item as Node | null;
		if (!isMap(node) || node.items.length === 0) {
			const place = `${name}[${String(index)}]`;
			const said = phrase('{0} must be a mapping with {1}.', place, keys.slice(0, 2).join(', '));
			reader.error(node === null || isMap(node) ? 'empty-value' : 'wrong-type', said, node ?? entry.keyNode);
			return [];
		}
		const value = read(reader.entries(node.items, keys, where), node, index, reader);
		if (value !== undefined && 'id' in value) {
			if (ids.has(value.id)) {
				reader.error(
					'duplicate-id',
					phrase("Another entry has the id '{0}' too; ids are unique.", shown(value.id)),
					node,
				);
			}
			ids.add(value.id);
		}
		return value === undefined ? [] : [value];
	});
}

const readAnswer: ReadItem<AnswerRule> = (entries, node, index, reader) => {
	const description = entries.get('description')?.value;
	if (description && !isScalar(description)) {
		reader.error('wrong-type', phrase("'{0}' must be one text.", 'description'), description);
	}
	const effect = required(entries, 'effect', node, reader);
	const idEntry = entries.get('id');
	const id = idEntry && reader.line(idEntry, 100);
	if (id !== undefined && !/^[A-Za-z0-9_.:-]+$/.test(id)) {
		reader.error('wrong-type', phrase('An id has letters, digits and _ . : - only.'), idEntry?.value);
	}
	const servers = readTexts(entries.get('servers'), reader, compileNameGlob, GLOB);
	const tools = readTexts(entries.get('tools'), reader, compileNameGlob, GLOB);
	return effect === undefined
		? undefined
		: {
				id: id ?? `answers[${String(index)}]`,
				effect: reader.choice<AnswerEffect>(effect, ['withhold', 'quote', 'notice']),
				severity: reader.choice<Severity>(entries.get('severity'), ['medium', 'low', 'high']),
				...(servers !== undefined && { servers }),
				...(tools !== undefined && { tools }),
				at: reader.at(node),
			};
};

const readSuppression: ReadItem<Suppression> = (entries, node, _index, reader) => {
	const [server, rule, until, reason] = SUPPRESS_KEYS.map(key => {
		const entry = required(entries, key, node, reader);
		return entry && reader.line(entry, key === 'reason' ? 200 : 1024);
	});
	const moment = until === undefined ? undefined : parseUntil(until);
	if (until !== undefined && moment === undefined) {
		const said = phrase("'until' must be a day (2026-12-31) or a time with its offset (2026-12-31T18:00Z).");
		reader.error('invalid-value', said, entries.get('until')?.value);
	}
	if (rule !== undefined && !INSPECTION_RULE_IDS.includes(rule)) {
		reader.warn('unknown-rule', unknownRule(rule), entries.get('rule')?.value);
	}
	return server === undefined || rule === undefined || moment === undefined || reason === undefined
		? undefined
		: { server, rule, until: moment, reason, at: reader.at(node) };
};

function unknownRule(rule: string): Phrase {
	// The nearest is told over words with low lines.
	const plain = INSPECTION_RULE_IDS.map(id => id.replaceAll('-', '_'));
	const nearest = INSPECTION_RULE_IDS[plain.indexOf(nearestKey(rule, plain) ?? '')];
	return nearest === undefined
		? phrase(
				"No inspection rule has the id '{0}', so that this suppresses nothing; every finding names the id of its rule.",
				shown(rule),
			)
		: phrase(
				"No inspection rule has the id '{0}', so that this suppresses nothing; did you mean '{1}'?",
				shown(rule),
				nearest,
			);
}

function readPersonalData(entry: Entry | undefined, reader: PolicyReader): InspectionSaid['personalData'] {
	const entries = readMapping(entry, reader, PERSONAL_DATA);
	const effects: Partial<Record<PersonalData, OutgoingEffect>> = {};
	for (const kind of PERSONAL_DATA) {
		const each = entries?.get(kind);
		if (each !== undefined) {
			effects[kind] = reader.choice<OutgoingEffect>(each, ['refuse', 'redact', 'pass']);
		}
	}
	return effects;
}

function required(
	entries: ReadonlyMap<string, Entry>,
	key: string,
	node: Node,
	reader: PolicyReader,
): Entry | undefined {
	const entry = entries.get(key);
	if (entry === undefined) {
		const said = phrase("'{0}' is missing here; write it, an entry does not count without.", key);
		reader.error('empty-value', said, node);
	}
	return entry;
}
