import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/**
 * The text of a response's `result` as the server wrote it: key order, escapes and numbers beyond 2^53 stay. `bytes` is a
 * message that was read before; undefined when it has no result.
 */
export function resultText(bytes: Uint8Array): string | undefined {
	const text = Buffer.from(bytes).toString('utf8');
	const root = parseTree(text);
	const node = root && findNodeAtLocation(root, ['result']);
	return node && text.slice(node.offset, node.offset + node.length);
}
