/** Rules that go by what stands around a value; the value may be a mere name of where the secret is. */
const BY_CONTEXT = /^(?:named-secret|named-secret-quoted|auth-header|header-line|url-password)$/;
const VARIABLE =
	/^(?:(?:bearer|basic|token)\s+)?(?:\$[A-Za-z_(]|\$\{|\{\{|%[A-Z_]+%|<[^<>]{1,60}>$|:[a-z_]+$|@[a-z_]+$|\*{3,}|\.{3}|x{4,}$)/i;
const PLACE = /^(?:~|\.{1,2})?\/[\w./-]+$/;
/** `os.environ[…`, `process.env.NAME`, `getToken(…`. */
const EXPRESSION = /^(?:await\s+|new\s+)?[A-Za-z_][A-Za-z_]*(?:(?:\.|::|->|\?\.)[A-Za-z_]\w*)*(?:[[(]|\.[A-Za-z_]\w*$)/;
/** Types, and words that stand in for a value. */
const WORD =
	/^(?:string|str|text|number|int|integer|boolean|bool|bytes|null|none|nil|undefined|true|false|required|optional|identifier|keyword|value|name|password|passwd|token|secret|key|api_?key|access_?token|auth|authorization|cookie|credentials?|username|user|bearer|basic|await|async|function|return|config|current-password|new-password|off|on|hidden|redacted|removed|changeme|example)$/i;

/**
 * True when what a rule masked only says where a secret is: a variable, a file, an expression, the name of a type. The record
 * masks it all the same; it is no reason to hold back what is sent.
 */
export function isReference(rule: string, text: string): boolean {
	const bare = text.trim();
	return (
		BY_CONTEXT.test(rule) && (VARIABLE.test(bare) || PLACE.test(bare) || EXPRESSION.test(bare) || WORD.test(bare))
	);
}
