import { isJsonArray, isJsonObject, type JsonObject } from '../../base/json';
import { inRow, ownWords, type Phrase, phrase } from '../../base/phrase';
import { capabilityFacts, type PinnedTool } from './capabilityFacts';
import { isCapability } from './capabilityName';
import { compileNameGlob, hasGlobMagic } from './glob';
import { HOST_CLASSES, hostClassMeaning } from './hostClass';
import { KNOWN_CAPABILITIES } from './knownCapabilities';
import { type PolicyPlace } from './policyPlace';
import { keysAt, type SchemaWord, shapesAt, wordsAt } from './policySchema';
import { labelMeaning } from './sessionLabel';

/** More than this in one list helps nobody. */
const MAX_OFFERS = 1000;

/** One thing that can be written at the cursor. */
export interface Offer {
	readonly kind: 'key' | 'word' | 'capability' | 'server' | 'tool';
	/** For `server` and `tool` attacker-controlled. */
	readonly label: string;
	/** YAML as it is to stand there, quoted where it must be; line breaks are followed by the indentation below the line. */
	readonly insert: string;
	/** A few words beside the label; attacker-controlled for `tool`. */
	readonly detail?: string;
	/** Sentences of ours; backticks mean code. */
	readonly about?: string;
	/** Something follows: the next list should open by itself. */
	readonly more?: true;
}

/** What policies can be made of: the schema of policies/policy.schema.json, and the tools that were reviewed. */
export interface PolicyKnowledge {
	readonly schema: JsonObject;
	readonly pins: readonly PinnedTool[];
	/** Says a sentence to whoever reads it. */
	readonly say: (said: Phrase) => string;
}

/** What can be written at a place of a policy. `text` is the policy; `place` is what `placeAt` says of it. */
export function offersAt(text: string, place: PolicyPlace, knowledge: PolicyKnowledge): readonly Offer[] {
	const { kind, path, siblings } = place;
	const offers: Offer[] = [];
	if (kind === 'key' || isRuleItem(place)) {
		const colon = text[place.to] === ':';
		const keys = keysAt(knowledge.schema, path).filter(({ word }) => !siblings.includes(word) || colon);
		offers.push(...keys.map(key => keyOffer(key, path, colon, knowledge)));
		if (kind === 'key' && siblings.length === 0 && takesList(knowledge.schema, path)) {
			const items = isSection(path)
				? [{ kind: 'key', label: '- capability', insert: '- capability: ', more: true } as const]
				: valuesAt({ ...place, kind: 'item', path: [...path, 0] }, knowledge).map(offer => ({
						...offer,
						insert: `- ${offer.insert}`,
					}));
			offers.push(...items);
		}
		if (kind === 'key' && path[0] === 'capabilities' && path.length === 1) {
			offers.push(...tableKeys(place, knowledge, colon));
		}
		if (kind === 'key' && path[0] === 'identity' && path.length === 2) {
			offers.push(...identityKeys(place, knowledge, colon));
		}
	}
	if (kind !== 'key') {
		offers.push(...valuesAt(place, knowledge).filter(({ label }) => !siblings.includes(label)));
	}
	return offers.slice(0, MAX_OFFERS);
}

function keyOffer(
	{ word, description, takes }: SchemaWord,
	path: readonly unknown[],
	colon: boolean,
	{ say }: PolicyKnowledge,
): Offer {
	const tails = { list: path.length === 0 ? ':\n  - capability: ' : ': ', mapping: ':\n  ', value: ': ' };
	return {
		kind: 'key',
		label: word,
		insert: colon ? word : word + tails[takes ?? 'value'],
		...(description !== undefined && { about: say(ownWords(description)) }),
		...(!colon && { more: true as const }),
	};
}

function valuesAt(place: PolicyPlace, knowledge: PolicyKnowledge): readonly Offer[] {
	const { path } = place;
	const { pins, schema, say } = knowledge;
	const key = path.findLast(step => typeof step === 'string');
	const quote = (word: string) => written(word, place.quoted);
	if (isRuleItem(place) || (key === 'capability' && path.length === 3)) {
		return capabilities(pins, true).map(each => capabilityOffer(each, quote, say));
	}
	if (path[0] === 'capabilities') {
		return capabilities(pins, false).map(each => capabilityOffer(each, quote, say));
	}
	const inTerms = path[0] === 'identity';
	if (inTerms ? key === 'allowed_tools' || key === 'denied_tools' : NAMING.has(key ?? '')) {
		return names(place, key ?? '', pins, say).flatMap(({ label, detail }) => {
			const insert = quote(label);
			const kind = key === 'servers' ? 'server' : 'tool';
			return insert === undefined || hasGlobMagic(label) ? [] : [{ kind, label, insert, detail } as const];
		});
	}
	const words = key === 'hosts' ? HOST_CLASSES : wordsAt(schema, path);
	return [...new Set(words)].map(label => {
		const about = key === 'hosts' ? hostClassMeaning(label) : key === 'labels' ? labelMeaning(label) : undefined;
		return {
			kind: 'word',
			label,
			insert: quote(label) ?? label,
			...(about !== undefined && { about: say(ownWords(about)) }),
		};
	});
}

/** Keys of a rule whose values are names. */
const NAMING: ReadonlySet<string> = new Set(['servers', 'tools', 'tool_name']);

/** Known capabilities and those of the pinned tools; with the groups and `*`, where a rule may name them. */
function capabilities(pins: readonly PinnedTool[], groups: boolean): readonly string[] {
	const pinned = pins.map(({ capability }) => capability).filter(isCapability);
	const names = [...new Set([...KNOWN_CAPABILITIES, ...pinned])];
	const resources = new Set(names.map(name => `${name.split('.')[0] ?? ''}.*`));
	return groups ? [...names, ...resources, '*'] : names;
}

function capabilityOffer(
	label: string,
	quote: (word: string) => string | undefined,
	say: (said: Phrase) => string,
): Offer {
	const { meaning, risk, sideEffects } = capabilityFacts(label);
	const danger = phrase('{0} risk', ownWords(risk));
	return {
		kind: 'capability',
		label,
		insert: quote(label) ?? label,
		detail: say(sideEffects ? danger : inRow([danger, phrase('no side effects')])),
		about: say(inRow(meaning, ' ')),
	};
}

interface PinnedName {
	readonly label: string;
	readonly detail: string;
}

/** Names of pinned servers, or of the tools of those servers that the rule names. */
function names(
	{ rule }: PolicyPlace,
	key: string,
	pins: readonly PinnedTool[],
	say: (said: Phrase) => string,
): readonly PinnedName[] {
	const found = new Map<string, string[]>();
	const globs = (rule?.servers ?? []).map(compileNameGlob).flatMap(outcome => (outcome.ok ? [outcome.glob] : []));
	for (const { server, tool, capability } of pins) {
		if (key === 'servers') {
			found.set(server, [...(found.get(server) ?? []), tool]);
		} else if (globs.length === 0 || globs.some(glob => glob.matches(server))) {
			found.set(tool, [...(found.get(tool) ?? []), say(phrase('{0}, of {1}', capability, server))]);
		}
	}
	return [...found].map(([label, details]) => ({
		label,
		detail:
			key === 'servers'
				? say(details.length === 1 ? phrase('{0} pinned tool', 1) : phrase('{0} pinned tools', details.length))
				: details.slice(0, 3).join('; '),
	}));
}

function tableKeys(place: PolicyPlace, { pins, say }: PolicyKnowledge, colon: boolean): readonly Offer[] {
	return pins.flatMap(({ server, tool, capability }) => {
		const label = `${server}/${tool}`;
		const insert = written(label, place.quoted);
		return insert === undefined || place.siblings.includes(label)
			? []
			: [
					{
						kind: 'tool',
						label,
						insert: colon ? insert : `${insert}: `,
						detail: say(phrase('reviewed as {0}', capability)),
					} as const,
				];
	});
}

/** Patterns of the section `identity`: names of servers, capabilities, `server/tool`. */
function identityKeys(place: PolicyPlace, { pins }: PolicyKnowledge, colon: boolean): readonly Offer[] {
	const labels = {
		servers: [...new Set(pins.map(({ server }) => server))],
		capabilities: capabilities(pins, true),
		tools: pins.map(({ server, tool }) => `${server}/${tool}`),
	};
	const map = place.path[1];
	if (map !== 'servers' && map !== 'capabilities' && map !== 'tools') {
		return [];
	}
	const kind = map === 'servers' ? 'server' : map === 'tools' ? 'tool' : 'capability';
	return labels[map].flatMap((label): readonly Offer[] => {
		const insert = written(label, place.quoted);
		const magic = map !== 'capabilities' && hasGlobMagic(label);
		return insert === undefined || magic || place.siblings.includes(label)
			? []
			: [{ kind, label, insert: colon ? insert : `${insert}:\n  `, ...(!colon && { more: true as const }) }];
	});
}

/** A word as YAML: plain where it can only be a text, else quoted. Undefined: not between the quotes that are there. */
function written(word: string, quoted: boolean): string | undefined {
	const plain = /^[A-Za-z][\w.*/@-]*$/.test(word) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(word);
	const number = /^\d$/.test(word);
	if (plain || number || word === 'off') {
		return word;
	}
	if (quoted) {
		return /^[\w.*/@ -]+$/.test(word) ? word : undefined;
	}
	return /^[^'\p{C}\p{Z}]*$/u.test(word) ? `'${word}'` : JSON.stringify(word);
}

function isSection(path: readonly (string | number)[]): boolean {
	return path.length === 1 && (path[0] === 'deny' || path[0] === 'require_approval' || path[0] === 'allow');
}

/** One entry of a section that is not a mapping yet. */
function isRuleItem({ kind, path }: PolicyPlace): boolean {
	return kind === 'item' && path.length === 2 && isSection(path.slice(0, 1));
}

function takesList(schema: JsonObject, path: readonly (string | number)[]): boolean {
	return shapesAt(schema, path).some(shape => isJsonObject(shape.items) && !isJsonArray(shape.enum));
}
