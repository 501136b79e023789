import { fingerprint, parseDocument } from './jsonDocument';
import { findServer, type RemovedServer, spanOf } from './removeServer';

/**
 * Puts another property in the place of one server, for clients that read the file themselves and are to start our shim under
 * the same name. Not a byte outside of the property changes. The result is parsed and compared. Never throws.
 */
export function replaceServer(
	text: string,
	name: string,
	instead: string,
	at: readonly string[],
): RemovedServer | { readonly problem: string } {
	const found = findServer(text, name, at);
	if ('problem' in found) {
		return found;
	}
	const { document, member, index } = found;
	const { start, end } = spanOf(member.property);
	const body = text.slice(document.start);
	const replaced = text.slice(0, document.start) + body.slice(0, start) + instead + body.slice(end);
	const after = findServer(replaced, name, at);
	const wanted = parseDocument(`{${instead}}`);
	// INVARIANT: the result holds what the text held, but for the one server.
	const same =
		!('problem' in after) &&
		!('problem' in wanted) &&
		after.index === index &&
		fingerprint(wanted.root) === `object(${fingerprint(after.member.property)})` &&
		fingerprint(after.document.root, after.member.property) === fingerprint(document.root, member.property);
	return same
		? { text: replaced, property: body.slice(start, end) }
		: { problem: 'the server cannot be replaced in this file safely' };
}
