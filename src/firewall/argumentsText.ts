import { sha256Hex } from '../base/digest';
import { MAX_ARGUMENTS_TEXT } from '../domain/approval/approval';
import { isJsonObject } from '../base/json';
import { type WireMessage } from './message';

/** The arguments of a call as they stand in its bytes. */
export interface ArgumentsText {
	/** Cut after {@link MAX_ARGUMENTS_TEXT} UTF-16 units. */
	readonly text: string;
	/**
	 * SHA-256 of the whole text where it holds a number that a double does not keep (`9007199254740993`): then equal values
	 * do not mean equal arguments. Undefined where the value says it all.
	 */
	readonly inexact?: string;
}

/**
 * Slices `params.arguments` out of a message that was parsed strictly before, and what it answers to the server
 * (`inputResponses`); `{}` where it has none. One linear pass, which
 * leaps over strings: a message may hold many megabytes.
 */
export function argumentsText({ bytes, value }: WireMessage): ArgumentsText {
	const text = new TextDecoder().decode(bytes);
	const given = memberText(text, 'arguments');
	const answers = isJsonObject(value.params) && value.params.inputResponses !== undefined;
	if (!answers) {
		return given;
	}
	// INVARIANT: what the client answers to the server goes with the call, so whoever approves the call sees it.
	const told = memberText(text, 'inputResponses');
	const inexact = [given.inexact, told.inexact].filter(digest => digest !== undefined).join();
	return {
		text: `${given.text}\nand answers to the server: ${told.text}`.slice(0, MAX_ARGUMENTS_TEXT),
		...(inexact !== '' && { inexact }),
	};
}

function memberText(text: string, member: 'arguments' | 'inputResponses'): ArgumentsText {
	const path: string[] = [];
	let depth = 0;
	let from: number | undefined;
	let rounded = false;
	for (let at = 0; at < text.length; at++) {
		switch (text.charAt(at)) {
			case '"': {
				const end = endOfString(text, at);
				COLON.lastIndex = end;
				if (depth <= 2 && COLON.test(text)) {
					path[depth - 1] = JSON.parse(text.slice(at, end)) as string;
				}
				at = end - 1;
				break;
			}
			case '{':
			case '[':
				if (from === undefined && depth === 2 && path[0] === 'params' && path[1] === member) {
					from = at;
				}
				depth++;
				break;
			case '}':
			case ']':
				depth--;
				if (from !== undefined && depth === 2) {
					const whole = text.slice(from, at + 1);
					return {
						text: whole.slice(0, MAX_ARGUMENTS_TEXT),
						...(rounded && { inexact: sha256Hex(whole) }),
					};
				}
				break;
			default:
				NUMBER.lastIndex = at;
				if (NUMBER.test(text)) {
					rounded ||= from !== undefined && !isExact(text.slice(at, NUMBER.lastIndex));
					at = NUMBER.lastIndex - 1;
				}
		}
	}
	return { text: '{}' };
}

const COLON = /[\t\n\r ]*:/y;
const NUMBER = /-?\d[\d.eE+-]*/y;

function isExact(number: string): boolean {
	return String(Number(number)) === number;
}

/** The place behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
	for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
		let slash = quote;
		while (text[slash - 1] === '\\') {
			slash--;
		}
		if ((quote - slash) % 2 === 0) {
			return quote + 1;
		}
	}
	return text.length;
}
