import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { maskSecrets } from '../domain/inspection/maskSecrets';
import { readPointer } from '../domain/policy/argMatch';
import { type ConditionReport } from '../domain/policy/explainDecision';
import { type CallFacts } from '../domain/policy/facts';
import { findUrls } from '../domain/policy/findUrls';

/** Characters of a value that are shown. */
const MAX_VALUE = 80;

/** What a condition met in a call, masked, quoted and cut; undefined where there is nothing short to show. Attacker-controlled. */
export function metBy({ condition, pointer }: ConditionReport, facts: CallFacts): string | undefined {
	switch (condition) {
		case 'servers':
			return quotedValue(facts.server.name);
		case 'tools':
			return quotedValue(facts.tool);
		case 'path_prefix':
		case 'paths':
			return facts.paths.length === 0
				? undefined
				: quotedValue(
						facts.paths
							.flatMap(({ candidates, raw }) => (candidates.length === 0 ? [raw] : candidates))
							.slice(0, 5),
					);
		case 'hosts': {
			const hosts = (facts.urls ?? findUrls(facts.arguments)).flatMap(({ readings }) =>
				readings.map(({ host }) => host),
			);
			return hosts.length === 0 ? undefined : quotedValue([...new Set(hosts)].slice(0, 5));
		}
		case 'args': {
			const value = pointer === undefined ? undefined : argumentAt(facts.arguments, pointer);
			return value === undefined ? undefined : quotedValue(value);
		}
		case 'labels':
			return quotedValue([...(facts.labels ?? [])]);
		// The line itself says what these met, or there is nothing short to show.
		case 'capability':
		case 'contains':
		case 'match_keywords':
		case 'match_regex':
		case 'direction':
		case 'limits':
		case 'trust_level':
		case 'until':
			return undefined;
	}
}

/** Masked together with all arguments, because the name of a member can say that it is a secret. */
function argumentAt(args: JsonObject, pointer: string): JsonValue | undefined {
	let value: JsonValue | undefined = maskSecrets(args).value;
	for (const token of readPointer(pointer) ?? []) {
		value = isJsonArray(value)
			? value[Number(token)]
			: isJsonObject(value) && Object.hasOwn(value, token)
				? value[token]
				: undefined;
	}
	return value;
}

/** A value for a line of text: masked, as JSON, and no longer than {@link MAX_VALUE}. Attacker-controlled. */
export function quotedValue(value: JsonValue): string {
	const text = JSON.stringify(maskSecrets(value).value);
	return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}
