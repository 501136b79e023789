import { baseName } from '../../base/baseName';
import { inRow, ownWords, phrase } from '../../base/phrase';
import { capabilityFacts, overlaps } from './capabilityFacts';
import { coversCapability, isCapabilityPattern } from './capabilityName';
import { hostClassMeaning } from './hostClass';
import { type PolicyLoad, type Rule } from './policy';
import { type PolicyKnowledge } from './policyOffers';
import { type PolicyPlace } from './policyPlace';
import { descriptionAt } from './policySchema';
import { labelMeaning } from './sessionLabel';

/** Entries of one list in a hover. */
const MAX_LISTED = 8;

/** What is told of a word of a policy. */
export interface PolicyHover {
	/** The word itself; attacker-controlled. */
	readonly title: string;
	/** Sentences of ours; backticks mean code. */
	readonly about: readonly string[];
	readonly lists: readonly HoverList[];
}

/** A heading of ours and entries, which are attacker-controlled. */
export interface HoverList {
	readonly heading: string;
	readonly items: readonly string[];
	/** How many more there are. */
	readonly more: number;
}

/** What the hover may tell of. */
export interface HoverKnowledge extends PolicyKnowledge {
	/** The policy in force. */
	readonly load: PolicyLoad;
}

/** What there is to say of the word at a place of a policy: a capability, a key, or a value of a closed list. */
export function hoverAt(place: PolicyPlace, knowledge: HoverKnowledge): PolicyHover | undefined {
	const { kind, path, scalar } = place;
	if (scalar === '') {
		return undefined;
	}
	const key = path.findLast(step => typeof step === 'string');
	const short = kind === 'item' && path.length === 2 && place.rule !== undefined;
	if (short || (kind === 'value' && key === 'capability') || (kind === 'value' && path[0] === 'capabilities')) {
		return isCapabilityPattern(scalar) ? ofCapability(scalar, knowledge) : undefined;
	}
	const { schema, say } = knowledge;
	const described = (text: string) => say(ownWords(text));
	if (kind === 'key' && path[0] === 'identity' && path[1] === 'capabilities' && path.length === 2) {
		return isCapabilityPattern(scalar) ? ofCapability(scalar, knowledge) : undefined;
	}
	if (kind === 'key') {
		const description = descriptionAt(schema, [...path, scalar]);
		const inTable = path[0] === 'capabilities' || path.at(-1) === 'args';
		return description === undefined || inTable
			? undefined
			: { title: scalar, about: [described(description)], lists: [] };
	}
	const meaning = key === 'labels' ? labelMeaning(scalar) : key === 'hosts' ? hostClassMeaning(scalar) : undefined;
	const about = [meaning, descriptionAt(schema, path), descriptionAt(schema, path.slice(0, -1))];
	const [first, ...rest] = new Set(about.filter(text => text !== undefined));
	return first === undefined || key === undefined || path.length === 0
		? undefined
		: { title: scalar, about: [first, ...rest.slice(0, meaning === undefined ? 0 : 1)].map(described), lists: [] };
}

function ofCapability(written: string, { pins, load, say }: HoverKnowledge): PolicyHover {
	const { meaning, risk, sideEffects } = capabilityFacts(written);
	const danger = ownWords(risk);
	const tools = pins.filter(({ capability }) => coversCapability(written, capability));
	const speaking = load.policy?.rules.filter(rule => overlaps(rule.capability, written)) ?? [];
	// First what speaks of every such call, then what speaks of some, after others came before: the list may be cut.
	const ofSome = ({ labels }: Rule) => labels !== undefined;
	const rules = [...speaking.filter(rule => !ofSome(rule)), ...speaking.filter(ofSome)];
	const inForce =
		load.policy === undefined
			? phrase('The policy in force has an error, so every call is refused.')
			: rules.length === 0
				? phrase('No rule of the policy in force speaks of it, so it is denied.')
				: undefined;
	return {
		title: written,
		about: [
			inRow(meaning, ' '),
			sideEffects
				? phrase('Risk: {0}. It has side effects.', danger)
				: phrase('Risk: {0}. It changes nothing outside of its answer.', danger),
			...(tools.length === 0 ? [phrase('No pinned tool counts as this.')] : []),
			...(inForce === undefined ? [] : [inForce]),
		].map(say),
		lists: [
			listed(
				say(phrase('Pinned tools that count as this')),
				tools.map(({ server, tool }) => `${server}: ${tool}`),
			),
			listed(
				say(phrase('Rules in force that speak of it')),
				rules.map(({ effect, id, at }) => `${effect}: ${id} (${baseName(at.file)}:${String(at.line)})`),
			),
		].filter(({ items }) => items.length > 0),
	};
}

function listed(heading: string, items: readonly string[]): HoverList {
	return { heading, items: items.slice(0, MAX_LISTED), more: Math.max(0, items.length - MAX_LISTED) };
}
