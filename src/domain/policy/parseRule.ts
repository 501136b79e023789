import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { phrase } from '../../base/phrase';
import { isAnyResource, isCapabilityPattern } from './capabilityName';
import { compileNameGlob, compilePathGlob, type GlobOutcome } from './glob';
import { CONDITION_KEYS, parseConditions } from './parseConditions';
import { textProblem } from './pathText';
import { type Effect, type Rule } from './policy';
import { type Entry, type PolicyReader } from './policyReader';
import { isAnchored, splitGlob } from './prefixes';
import { A_RULE, GLOB, notHere, shown } from './problemWords';
import { readTexts } from './readValues';
import { REPLACED_RULE_KEYS } from './replacedKeys';
import { isUnconditional } from './unconditional';

/** Every key that a rule may have; `tool_name` is CapFence's word for a single entry of `tools`. */
export const RULE_KEYS = [
	'capability',
	'path_prefix',
	'paths',
	'servers',
	'tools',
	'tool_name',
	...CONDITION_KEYS,
	'instead_of',
	'reason',
	'id',
	'description',
] as const;
const ID = /^[A-Za-z0-9_.:-]+$/;

/** Reads one entry of a section; undefined after reporting what is wrong with it. `more` names keys that the caller reads. */
export function parseRule(
	node: Node | null,
	effect: Effect,
	fallbackId: string,
	reader: PolicyReader,
	more: readonly string[] = [],
): Rule | undefined {
	const at = reader.at(node);
	if (isScalar(node) && typeof node.value === 'string') {
		const capability = readCapability({ key: 'capability', keyNode: node, value: node }, effect, reader);
		return capability === undefined ? undefined : checked({ id: fallbackId, effect, capability, at }, node, reader);
	}
	if (!isMap(node)) {
		const said = phrase("{0} must be a capability or a mapping with 'capability:'.", fallbackId);
		reader.error(node === null || isScalar(node) ? 'empty-value' : 'wrong-type', said, node);
		return undefined;
	}
	const keys = more.length === 0 ? RULE_KEYS : [...RULE_KEYS, ...more];
	const entries = reader.entries(node.items, keys, A_RULE, REPLACED_RULE_KEYS);
	const named = entries.get('capability');
	if (named === undefined) {
		const said = phrase("{0} names no capability; add 'capability: resource.action'.", fallbackId);
		reader.error('empty-value', said, node);
		return undefined;
	}
	const capability = readCapability(named, effect, reader);
	const pathPrefix = readPrefix(entries.get('path_prefix'), reader);
	const paths = readTexts(entries.get('paths'), reader, checkPathGlob, GLOB);
	const servers = readTexts(entries.get('servers'), reader, compileNameGlob, GLOB);
	const tools = readTools(entries, reader);
	const conditions = parseConditions(entries, effect, reader);
	const insteadOf = readInsteadOf(entries.get('instead_of'), effect, reader);
	const reason = readLine(entries.get('reason'), reader, 200);
	const id = readId(entries.get('id'), reader);
	const description = entries.get('description')?.value;
	if (description && !isScalar(description)) {
		reader.error('wrong-type', phrase("'{0}' must be one text.", 'description'), description);
	}
	if (capability === undefined) {
		return undefined;
	}
	const rule: Rule = {
		id: id ?? fallbackId,
		effect,
		capability,
		...(pathPrefix !== undefined && { pathPrefix }),
		...(paths !== undefined && { paths }),
		...(servers !== undefined && { servers }),
		...(tools !== undefined && { tools }),
		...conditions,
		...(insteadOf !== undefined && { insteadOf }),
		...(reason !== undefined && { reason }),
		at,
	};
	return checked(rule, node, reader);
}

function checked(rule: Rule, node: Node, reader: PolicyReader): Rule {
	if (rule.effect === 'allow' && rule.capability === '*' && !rule.servers && !rule.tools && isUnconditional(rule)) {
		const said = phrase('This allows every known capability of every server; name what is needed.');
		reader.warn('too-broad', said, node);
	} else if (rule.effect === 'allow' && /^(?:\/|[A-Za-z]:[\\/]?)$/.test(rule.pathPrefix ?? '')) {
		const said = phrase('This allows the whole file system; name the folder that is needed.');
		reader.warn('too-broad', said, node);
	}
	return rule;
}

function readCapability(entry: Entry, effect: Effect, reader: PolicyReader): string | undefined {
	// Not `line`: a space or a line break has to be told as what it is, a capability that could never match.
	const text = isScalar(entry.value) && typeof entry.value.value === 'string' ? entry.value.value : undefined;
	if (text === undefined || text === '') {
		return reader.line(entry, 200);
	}
	if (!isCapabilityPattern(text)) {
		reader.error(
			'invalid-capability',
			phrase(
				"'{0}' is not a capability; write 'resource.action' in lower case, 'resource.*' or '*'; a deny or approval may say '*.action'.",
				shown(text),
			),
			entry.value,
		);
		return undefined;
	}
	if (effect === 'allow' && isAnyResource(text)) {
		const said = phrase(
			"An allow cannot say '{0}': name the resources whose '{1}' is allowed.",
			shown(text),
			shown(text.slice(2)),
		);
		reader.error('invalid-capability', said, entry.value);
		return undefined;
	}
	return text;
}

function readLine(entry: Entry | undefined, reader: PolicyReader, maxLength: number): string | undefined {
	return entry === undefined ? undefined : reader.line(entry, maxLength);
}

function readId(entry: Entry | undefined, reader: PolicyReader): string | undefined {
	const id = readLine(entry, reader, 100);
	if (id !== undefined && !ID.test(id)) {
		reader.error('wrong-type', phrase('An id has letters, digits and _ . : - only.'), entry?.value);
		return undefined;
	}
	return id;
}

function readInsteadOf(entry: Entry | undefined, effect: Effect, reader: PolicyReader): readonly string[] | undefined {
	if (entry !== undefined && effect !== 'allow') {
		const why = phrase('only an allow rule takes the place of an approval');
		reader.error('misplaced-key', notHere('instead_of', why), entry.keyNode);
		return undefined;
	}
	const check = (text: string) =>
		ID.test(text)
			? ({ ok: true } as const)
			: ({
					ok: false,
					why: phrase('name the id that a require_approval rule of this file says itself'),
				} as const);
	return readTexts(entry, reader, check, phrase('id'), 'invalid-value');
}

function readPrefix(entry: Entry | undefined, reader: PolicyReader): string | undefined {
	if (entry !== undefined && isSeq(entry.value)) {
		reader.error(
			'wrong-type',
			phrase("'path_prefix' is one folder; write one rule for each, or use 'paths:'."),
			entry.value,
		);
		return undefined;
	}
	const prefix = readLine(entry, reader, 1024);
	if (prefix === undefined) {
		return undefined;
	}
	if (!isAnchored(prefix)) {
		const said = phrase("'{0}' is not an absolute path; start it with /, ~ or ${workspaceFolder}.", shown(prefix));
		reader.error('invalid-pattern', said, entry?.value);
	} else if (/[*?[\]{}]/.test(prefix.replace(/^\$\{workspaceFolder\}/, ''))) {
		reader.error(
			'invalid-pattern',
			phrase("'path_prefix' takes no wildcards, braces or variables after its start; write 'paths:' for a glob."),
			entry?.value,
		);
	} else if (textProblem(prefix) !== undefined) {
		const said = phrase("'path_prefix' holds an invisible or look-alike character.");
		reader.error('invalid-pattern', said, entry?.value);
	} else {
		return prefix;
	}
	return undefined;
}

function checkPathGlob(pattern: string): GlobOutcome {
	const { base, rest } = splitGlob(pattern);
	if (base === '' ? !rest.startsWith('**/') : !isAnchored(base)) {
		const why = phrase(
			'globs are compared with absolute paths; start it with /, ~ or ${workspaceFolder}, or with **/',
		);
		return { ok: false, why };
	}
	if (textProblem(pattern) !== undefined || /(?:^|\/)\.{1,2}(?:\/|$)/.test(rest)) {
		const why = phrase('it holds an invisible or look-alike character, or a . or .. after a wildcard');
		return { ok: false, why };
	}
	if (/[^/]\/{2,}/.test(pattern)) {
		return { ok: false, why: phrase('nothing stands between two slashes, so that it would match no path') };
	}
	if (pattern.slice(1).includes('${')) {
		return { ok: false, why: phrase('a variable counts only at the start') };
	}
	return compilePathGlob(pattern.replace(/^\$\{workspaceFolder\}/, ''));
}

function readTools(entries: ReadonlyMap<string, Entry>, reader: PolicyReader): readonly string[] | undefined {
	const named = entries.get('tool_name');
	if (named !== undefined && entries.has('tools')) {
		const said = phrase("'tool_name' means the same as 'tools'; keep one of the two.");
		reader.error('duplicate-key', said, named.keyNode);
	}
	return readTexts(entries.get('tools') ?? named, reader, compileNameGlob, GLOB);
}
