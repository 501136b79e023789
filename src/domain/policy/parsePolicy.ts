import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, visit } from 'yaml';
import { sha256Hex } from '../../base/digest';
import { errorText } from '../../base/errors';
import { parseYaml } from './boundedYaml';
import { isCapability } from './capabilityName';
import { parseRule } from './parseRule';
import { type Effect, type Policy, type PolicyLoad, type Rule } from './policy';
import { type Entry, PolicyReader, shown } from './policyReader';

/** Largest policy text that is looked at, in UTF-16 units. */
const MAX_POLICY_LENGTH = 1_048_576;

const SECTIONS: readonly Effect[] = ['deny', 'require_approval', 'allow'];
const TOP_KEYS = ['policy_name', 'version', 'description', 'mode', 'methods', 'capabilities', ...SECTIONS];

/**
 * Reads a policy text: YAML 1.2 with a closed schema, without tags, aliases and repeated keys. Never throws. Any error
 * leaves `policy` undefined, and then everything is denied (invariant 3). `file` is used for messages only.
 */
export function parsePolicy(text: string, file: string): PolicyLoad {
	const lines = new LineCounter();
	const reader = new PolicyReader(file, lines);
	const digest = sha256Hex(text);
	let policy: Policy | undefined;
	if (text.length > MAX_POLICY_LENGTH) {
		reader.report('error', 'too-large', 'A policy has at most 1 MiB; split it up.', [0, 1]);
	} else {
		policy = readText(text, lines, reader, file, digest);
	}
	return { policy: reader.failed ? undefined : policy, problems: reader.problems, digest, file };
}

function readText(
	text: string,
	lines: LineCounter,
	reader: PolicyReader,
	file: string,
	digest: string,
): Policy | undefined {
	try {
		const outcome = parseYaml(text, lines);
		switch (outcome.kind) {
			case 'document':
				return readDocument(outcome.document, reader, file, digest);
			case 'too-deep':
				reader.report('error', 'syntax', 'This is nested too deeply for a policy.', [0, 1]);
				return undefined;
			case 'several-documents':
				reader.report('error', 'syntax', 'A policy is one YAML document; remove the ---.', [
					outcome.at,
					outcome.at + 3,
				]);
				return undefined;
		}
	} catch (error) {
		reader.report('error', 'syntax', `This is not readable as YAML: ${shown(errorText(error))}`, [0, 1]);
		return undefined;
	}
}

function readDocument(
	document: Document.Parsed,
	reader: PolicyReader,
	file: string,
	digest: string,
): Policy | undefined {
	for (const error of document.errors) {
		const message = error.message.split('\n')[0] ?? '';
		reader.report('error', 'syntax', `This is not valid YAML: ${shown(message)}`, error.pos);
	}
	refuseMagic(document, reader);
	const root = document.contents;
	if (root === null || (isScalar(root) && root.value === null)) {
		return emptyPolicy(file, digest);
	}
	if (!isMap(root)) {
		reader.error('wrong-type', 'A policy is a mapping with the sections deny, require_approval and allow.', root);
		return undefined;
	}
	const entries = reader.entries(root.items, TOP_KEYS, 'the policy');
	if (document.errors.length > 0) {
		return undefined;
	}
	return readPolicy(entries, reader, file, digest);
}

/** Tags, aliases and directives make one text mean several things; none is needed here. */
function refuseMagic(document: Document.Parsed, reader: PolicyReader): void {
	if (document.directives.yaml.explicit === true || Object.keys(document.directives.tags).some(tag => tag !== '!!')) {
		reader.report('error', 'tag', 'YAML directives (lines with %) are not allowed; remove them.', [0, 1]);
	}
	visit(document, {
		Node(_key, node) {
			if (isAlias(node)) {
				reader.error('unresolved-alias', 'YAML aliases are not allowed; write the value out.', node);
			} else if (typeof node.tag === 'string' && hasOwnTag(node)) {
				reader.error('tag', 'YAML tags are not allowed; write the plain value.', node);
			}
		},
	});
}

function hasOwnTag(node: Node & { readonly tag?: string }): boolean {
	return node.tag !== undefined && node.tag !== '';
}

function emptyPolicy(file: string, digest: string): Policy {
	return {
		name: baseName(file),
		file,
		mode: 'enforce',
		methods: 'balanced',
		rules: [],
		capabilities: new Map(),
		digest,
	};
}

function readPolicy(entries: ReadonlyMap<string, Entry>, reader: PolicyReader, file: string, digest: string): Policy {
	const name = entries.get('policy_name');
	for (const key of ['version', 'description']) {
		const entry = entries.get(key);
		if (entry?.value && !isScalar(entry.value)) {
			reader.error('wrong-type', `'${key}' must be one value.`, entry.value);
		}
	}
	return {
		name: (name && reader.line(name, 200)) ?? baseName(file),
		file,
		mode: reader.choice(entries.get('mode'), ['enforce', 'observe']),
		methods: reader.choice(entries.get('methods'), ['balanced', 'strict']),
		rules: readRules(entries, reader),
		capabilities: readCapabilities(entries.get('capabilities'), reader),
		digest,
	};
}

function readRules(entries: ReadonlyMap<string, Entry>, reader: PolicyReader): readonly Rule[] {
	const rules: Rule[] = [];
	const ids = new Set<string>();
	for (const effect of SECTIONS) {
		const section = entries.get(effect)?.value ?? null;
		if (isSeq(section)) {
			section.items.forEach((item, index) => {
				const node = item as Node | null;
				const rule = parseRule(node, effect, index, reader);
				if (rule !== undefined && ids.has(rule.id)) {
					reader.error(
						'duplicate-id',
						`Another rule has the id '${shown(rule.id)}' too; ids are unique.`,
						node,
					);
				} else if (rule !== undefined) {
					ids.add(rule.id);
					rules.push(rule);
				}
			});
		} else if (section !== null && !(isScalar(section) && section.value === null)) {
			reader.error('wrong-type', `'${effect}' must be a list: start each rule with '- capability:'.`, section);
		}
	}
	return rules;
}

function readCapabilities(entry: Entry | undefined, reader: PolicyReader): ReadonlyMap<string, string> {
	const table = new Map<string, string>();
	const node = entry?.value ?? null;
	if (isMap(node)) {
		const keys = node.items.map(item => (isScalar(item.key) ? String(item.key.value) : ''));
		for (const [key, cell] of reader.entries(node.items, keys, 'the capabilities table')) {
			const capability = reader.line(cell, 200);
			if (!/^.+\/.+$/.test(key)) {
				reader.error('wrong-type', `Write 'server/tool: resource.action', not '${shown(key)}'.`, cell.keyNode);
			} else if (capability !== undefined && !isCapability(capability)) {
				reader.error(
					'invalid-capability',
					`'${shown(capability)}' is not a capability; write 'resource.action' in lower case.`,
					cell.value,
				);
			} else if (capability !== undefined) {
				table.set(key, capability);
			}
		}
	} else if (node !== null && !(isScalar(node) && node.value === null)) {
		reader.error('wrong-type', `'capabilities' must be a mapping of 'server/tool' to 'resource.action'.`, node);
	}
	return table;
}

function baseName(file: string): string {
	return file.split(/[\\/]/).at(-1) ?? file;
}
