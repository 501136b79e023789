import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { isAnyResource, isCapabilityPattern } from './capabilityName';
import { compileNameGlob, compilePathGlob, type GlobOutcome } from './glob';
import { CONDITION_KEYS, parseConditions } from './parseConditions';
import { textProblem } from './pathText';
import { type Effect, type Rule } from './policy';
import { type Entry, type PolicyReader, shown } from './policyReader';
import { isAnchored, splitGlob } from './prefixes';
import { readTexts } from './readValues';
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
const ANCHORS = 'start it with /, ~ or ${workspaceFolder}';

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
		const message = `${fallbackId} must be a capability or a mapping with 'capability:'.`;
		reader.error(node === null || isScalar(node) ? 'empty-value' : 'wrong-type', message, node);
		return undefined;
	}
	const entries = reader.entries(node.items, more.length === 0 ? RULE_KEYS : [...RULE_KEYS, ...more], 'a rule');
	const named = entries.get('capability');
	if (named === undefined) {
		reader.error('empty-value', `${fallbackId} names no capability; add 'capability: resource.action'.`, node);
		return undefined;
	}
	const capability = readCapability(named, effect, reader);
	const pathPrefix = readPrefix(entries.get('path_prefix'), reader);
	const paths = readTexts(entries.get('paths'), reader, checkPathGlob, 'glob');
	const servers = readTexts(entries.get('servers'), reader, compileNameGlob, 'glob');
	const tools = readTools(entries, reader);
	const conditions = parseConditions(entries, effect, reader);
	const insteadOf = readInsteadOf(entries.get('instead_of'), effect, reader);
	const reason = readLine(entries.get('reason'), reader, 200);
	const id = readId(entries.get('id'), reader);
	const description = entries.get('description')?.value;
	if (description && !isScalar(description)) {
		reader.error('wrong-type', `'description' must be one text.`, description);
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
		reader.warn('too-broad', 'This allows every known capability of every server; name what is needed.', node);
	} else if (rule.effect === 'allow' && /^(?:\/|[A-Za-z]:[\\/]?)$/.test(rule.pathPrefix ?? '')) {
		reader.warn('too-broad', 'This allows the whole file system; name the folder that is needed.', node);
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
			`'${shown(text)}' is not a capability; write 'resource.action' in lower case, 'resource.*' or '*'; a deny or approval may say '*.action'.`,
			entry.value,
		);
		return undefined;
	}
	if (effect === 'allow' && isAnyResource(text)) {
		const message = `An allow cannot say '${shown(text)}': name the resources whose '${shown(text.slice(2))}' is allowed.`;
		reader.error('invalid-capability', message, entry.value);
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
		reader.error('wrong-type', `An id has letters, digits and _ . : - only.`, entry?.value);
		return undefined;
	}
	return id;
}

function readInsteadOf(entry: Entry | undefined, effect: Effect, reader: PolicyReader): readonly string[] | undefined {
	if (entry !== undefined && effect !== 'allow') {
		const message = "'instead_of' does not belong here: only an allow rule takes the place of an approval.";
		reader.error('misplaced-key', message, entry.keyNode);
		return undefined;
	}
	const check = (text: string) =>
		ID.test(text)
			? ({ ok: true } as const)
			: ({ ok: false, why: 'name the id that a require_approval rule of this file says itself' } as const);
	return readTexts(entry, reader, check, 'id', 'invalid-value');
}

function readPrefix(entry: Entry | undefined, reader: PolicyReader): string | undefined {
	if (entry !== undefined && isSeq(entry.value)) {
		reader.error(
			'wrong-type',
			`'path_prefix' is one folder; write one rule for each, or use 'paths:'.`,
			entry.value,
		);
		return undefined;
	}
	const prefix = readLine(entry, reader, 1024);
	if (prefix === undefined) {
		return undefined;
	}
	if (!isAnchored(prefix)) {
		reader.error('invalid-pattern', `'${shown(prefix)}' is not an absolute path; ${ANCHORS}.`, entry?.value);
	} else if (/[*?[\]{}]/.test(prefix.replace(/^\$\{workspaceFolder\}/, ''))) {
		reader.error(
			'invalid-pattern',
			`'path_prefix' takes no wildcards, braces or variables after its start; write 'paths:' for a glob.`,
			entry?.value,
		);
	} else if (textProblem(prefix) !== undefined) {
		reader.error('invalid-pattern', `'path_prefix' holds an invisible or look-alike character.`, entry?.value);
	} else {
		return prefix;
	}
	return undefined;
}

function checkPathGlob(pattern: string): GlobOutcome {
	const { base, rest } = splitGlob(pattern);
	if (base === '' ? !rest.startsWith('**/') : !isAnchored(base)) {
		return { ok: false, why: `globs are compared with absolute paths; ${ANCHORS}, or with **/` };
	}
	if (textProblem(pattern) !== undefined || /(?:^|\/)\.{1,2}(?:\/|$)/.test(rest)) {
		return { ok: false, why: 'it holds an invisible or look-alike character, or a . or .. after a wildcard' };
	}
	if (/[^/]\/{2,}/.test(pattern)) {
		return { ok: false, why: 'nothing stands between two slashes, so that it would match no path' };
	}
	if (pattern.slice(1).includes('${')) {
		return { ok: false, why: 'a variable counts only at the start' };
	}
	return compilePathGlob(pattern.replace(/^\$\{workspaceFolder\}/, ''));
}

function readTools(entries: ReadonlyMap<string, Entry>, reader: PolicyReader): readonly string[] | undefined {
	const named = entries.get('tool_name');
	if (named !== undefined && entries.has('tools')) {
		reader.error('duplicate-key', "'tool_name' means the same as 'tools'; keep one of the two.", named.keyNode);
	}
	return readTexts(entries.get('tools') ?? named, reader, compileNameGlob, 'glob');
}
