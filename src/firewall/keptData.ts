import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { type Steps } from '../base/steps';
import { findPersonalData } from '../domain/inspection/personalData';
import { type OutgoingEffect, PERSONAL_DATA, type PersonalData } from '../domain/policy/inspectionPolicy';

/** Kinds of personal data that have this effect. */
export function kindsWith(
	effects: Readonly<Record<PersonalData, OutgoingEffect>> | undefined,
	effect: OutgoingEffect,
): readonly PersonalData[] {
	return PERSONAL_DATA.filter(kind => effects?.[kind] === effect);
}

/** The first kind of these that attacker-controlled data holds, in a text or a number. */
export function* personalDataSteps(value: JsonValue, kinds: readonly PersonalData[]): Steps<PersonalData | undefined> {
	for (const { text, name } of kinds.length === 0 ? [] : textsOf(value, '')) {
		yield;
		const [found] = findPersonalData(text, kinds, name);
		if (found !== undefined) {
			return found.kind;
		}
	}
	return undefined;
}

function* textsOf(value: JsonValue | undefined, name: string): Generator<{ text: string; name: string }> {
	if (typeof value === 'string' || typeof value === 'number') {
		yield { text: String(value), name };
	} else if (isJsonArray(value)) {
		for (const item of value) {
			yield* textsOf(item, name);
		}
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			yield { text: key, name: '' };
			yield* textsOf(item, key);
		}
	}
}
