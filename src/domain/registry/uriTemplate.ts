/**
 * True when a URI can come from a URI template (RFC 6570), whatever the values of its variables are: its literal parts stand
 * in the URI, in order, the first at its start and the last at its end. Says yes rather than no, and takes time linear in
 * both texts, which are attacker-controlled.
 */
export function mayExpandTo(template: string, uri: string): boolean {
	const literals = template.split(/\{[^{}]*\}/);
	const [first = '', ...others] = literals;
	const last = others.pop();
	if (last === undefined) {
		return uri === first;
	}
	if (!uri.startsWith(first) || !uri.endsWith(last) || uri.length < first.length + last.length) {
		return false;
	}
	const end = uri.length - last.length;
	let at = first.length;
	for (const literal of others) {
		const found = uri.indexOf(literal, at);
		if (found < 0 || found + literal.length > end) {
			return false;
		}
		at = found + literal.length;
	}
	return true;
}
