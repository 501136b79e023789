import { spanOf, textAt } from './jsonSplice';

/**
 * The text of a response's `result` as the server wrote it: key order, escapes and numbers beyond 2^53 stay. `bytes` is a
 * message that was read before; undefined when it has no result.
 */
export function resultText(bytes: Uint8Array): string | undefined {
	const span = spanOf(bytes, ['result']);
	return span && textAt(bytes, span);
}
