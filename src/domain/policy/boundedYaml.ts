import { Composer, type Document, Lexer, type LineCounter, type ParsedNode, Parser } from 'yaml';

/** Deepest nesting of collections that is read. A policy needs four. */
const MAX_DEPTH = 32;

/** `!`, `&` and `*`. */
const MAGIC = new Set([0x21, 0x26, 0x2a]);

/** One YAML document, or why the text is none. Errors inside of the document are in `document.errors`. */
export type YamlOutcome =
	| {
			readonly kind: 'document';
			readonly document: Document.Parsed;
			/** False where nothing in the text can be a tag, an anchor or an alias. */
			readonly mayHoldMagic: boolean;
	  }
	| { readonly kind: 'too-deep' }
	| { readonly kind: 'several-documents'; readonly at: number };

/**
 * Parses attacker-controlled YAML 1.2 text like `parseDocument`, but looks at the depth before anything recurses: V8 ends
 * the whole process, not just the call, when a regular expression is compiled on an exhausted stack. Keys may repeat;
 * that is for the caller to refuse.
 */
export function parseYaml(text: string, lines: LineCounter): YamlOutcome {
	const composer = new Composer<ParsedNode>({
		version: '1.2',
		schema: 'core',
		merge: false,
		uniqueKeys: false,
		prettyErrors: false,
		logLevel: 'error',
	});
	const tokens = [];
	const parser = new Parser(lines.addNewLine);
	lines.addNewLine(0);
	let mayHoldMagic = false;
	for (const lexeme of new Lexer().lex(text)) {
		// The lexer hands tags, anchors and aliases out by themselves; a plain scalar has a mark in front.
		mayHoldMagic ||= MAGIC.has(lexeme.charCodeAt(0));
		for (const token of parser.next(lexeme)) {
			tokens.push(token);
		}
		if (parser.stack.length > 2 * MAX_DEPTH) {
			return { kind: 'too-deep' };
		}
	}
	tokens.push(...parser.end());
	const [document, second] = composer.compose(tokens, true, text.length);
	if (document === undefined) {
		throw new TypeError('the composer was asked for a document and gave none');
	}
	return second === undefined
		? { kind: 'document', document, mayHoldMagic }
		: { kind: 'several-documents', at: second.range[0] };
}
