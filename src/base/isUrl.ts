/**
 * Whether a text is a URL (WHATWG), alone or beside `base`. INVARIANT: the same answer every time. `URL.canParse` gives another one once
 * it was asked often: its fast path in Node 20 takes text beyond ASCII for what it is not, and `https://münchen.example` for no URL.
 */
export function isUrl(text: string, base?: string | URL): boolean {
	try {
		return new URL(text, base) instanceof URL;
	} catch {
		return false;
	}
}
