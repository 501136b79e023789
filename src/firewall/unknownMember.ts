import { type JsonObject } from '../base/json';

/**
 * A text when parameters have a member that the method does not define (gateway.md NAME-07): it would reach the server
 * without having been judged. The name itself is attacker-controlled and not repeated.
 */
export function unknownMember(params: JsonObject, known: readonly string[]): string | undefined {
	return Object.keys(params).every(key => known.includes(key))
		? undefined
		: `params may have no members but ${known.join(', ')}`;
}
