import { visit } from 'jsonc-parser';
import { sha256Hex } from '../base/digest';
import { MAX_ARGUMENTS_TEXT } from '../domain/approval/approval';
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

/** Slices `params.arguments` out of a message that was parsed strictly before; `{}` where it has none. One linear pass. */
export function argumentsText({ bytes }: WireMessage): ArgumentsText {
	const text = new TextDecoder().decode(bytes);
	let depth = 0;
	const path: string[] = [];
	let from: number | undefined;
	let to: number | undefined;
	const rounded: number[] = [];
	const inside = () => from !== undefined && to === undefined;
	const open = (offset: number) => {
		if (from === undefined && depth === 2 && path[0] === 'params' && path[1] === 'arguments') {
			from = offset;
		}
		depth++;
	};
	const close = (offset: number, length: number) => {
		depth--;
		if (inside() && depth === 2) {
			to = offset + length;
		}
	};
	visit(text, {
		onObjectBegin: open,
		onArrayBegin: open,
		onObjectEnd: close,
		onArrayEnd: close,
		onObjectProperty(name) {
			if (depth <= 2) {
				path[depth - 1] = name;
			}
		},
		onLiteralValue(value: unknown, offset, length) {
			if (inside() && typeof value === 'number' && String(value) !== text.slice(offset, offset + length)) {
				rounded.push(offset);
			}
		},
	});
	const whole = from === undefined ? '{}' : text.slice(from, to);
	return { text: whole.slice(0, MAX_ARGUMENTS_TEXT), ...(rounded.length > 0 && { inexact: sha256Hex(whole) }) };
}
