/**
 * A text as the URL (WHATWG) that it is, alone or beside `base`; undefined for what is none. INVARIANT: the same answer every time.
 * `URL.canParse` gives another one once it was asked often: its fast path in Node 20 takes text beyond ASCII for what it is not, and
 * `https://münchen.example` for no URL. The SDK and zod ask it nevertheless: they check what OAuth servers say of themselves by it.
 */
export function urlOf(text: string, base?: string | URL): URL | undefined {
	try {
		return new URL(text, base);
	} catch {
		return undefined;
	}
}
