import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { phrase } from '../../base/phrase';
import { isCapability } from './capabilityName';
import { DEFAULT_INSPECTION } from './inspectionPolicy';
import { joinInspection } from './joinInspection';
import { lintRules } from './lintRules';
import { parseIdentity } from './parseIdentity';
import { parseInspection } from './parseInspection';
import { parseRule } from './parseRule';
import { parseSettings } from './parseSettings';
import { type Effect, type Policy, type PolicyLoad, type Rule } from './policy';
import { type Entry, type PolicyReader } from './policyReader';
import { type KeyPlace, shown, THE_POLICY } from './problemWords';
import { REPLACED_TOP_KEYS } from './replacedKeys';
import { readYamlMapping } from './yamlMapping';

/** The sections of a policy, strictest first. */
export const SECTIONS: readonly Effect[] = ['deny', 'require_approval', 'allow'];

/** Every key that may stand at the top of a policy. */
export const TOP_KEYS = [
	'policy_name',
	'version',
	'description',
	'mode',
	'methods',
	'composition',
	'capabilities',
	'inspection',
	'identity',
	'settings',
	...SECTIONS,
] as const;

const THE_TABLE: KeyPlace = { inside: phrase('in the capabilities table'), of: phrase('of the capabilities table') };
const EXPECTED = phrase('A policy is a mapping with the sections deny, require_approval and allow.');

/**
 * Reads a policy text: YAML 1.2 with a closed schema, without tags, aliases and repeated keys. Never throws. Any error
 * leaves `policy` undefined, and then everything is denied (invariant 3). `file` is used for messages only.
 */
export function parsePolicy(text: string, file: string): PolicyLoad {
	const { value, problems, digest } = readYamlMapping(text, file, EXPECTED, (root, reader, hash) =>
		root === undefined ? emptyPolicy(file, hash) : readPolicy(root, reader, file, hash),
	);
	return { policy: value, problems, digest, file };
}

function emptyPolicy(file: string, digest: string): Policy {
	return {
		name: baseName(file),
		file,
		mode: 'enforce',
		methods: 'balanced',
		composition: 'off',
		rules: [],
		capabilities: new Map(),
		inspection: DEFAULT_INSPECTION,
		digest,
	};
}

function readPolicy(root: YAMLMap, reader: PolicyReader, file: string, digest: string): Policy {
	const entries = reader.entries(root.items, TOP_KEYS, THE_POLICY, REPLACED_TOP_KEYS);
	const name = entries.get('policy_name');
	for (const key of ['version', 'description']) {
		const entry = entries.get(key);
		if (entry?.value && !isScalar(entry.value)) {
			reader.error('wrong-type', phrase("'{0}' must be one value.", key), entry.value);
		}
	}
	const capabilities = readCapabilities(entries.get('capabilities'), reader);
	const said = parseInspection(entries.get('inspection'), reader);
	const identity = parseIdentity(entries.get('identity'), reader);
	const settings = parseSettings(entries.get('settings'), reader);
	return {
		name: (name && reader.line(name, 200)) ?? baseName(file),
		file,
		mode: reader.choice(entries.get('mode'), ['enforce', 'observe']),
		methods: reader.choice(entries.get('methods'), ['balanced', 'strict']),
		composition: readComposition(entries.get('composition'), reader),
		rules: readRules(entries, new Set(capabilities.values()), reader),
		capabilities,
		inspection: joinInspection([{ power: 'grants', said }]),
		...(said !== undefined && { inspectionSaid: said }),
		...(identity !== undefined && { identity }),
		...(settings !== undefined && { settings }),
		digest,
	};
}

/** `off` is a word here; YAML 1.2 does not read it as a truth value. */
function readComposition(entry: Entry | undefined, reader: PolicyReader): Policy['composition'] {
	return reader.choice(entry, ['off', 'require_approval', 'deny']);
}

function readRules(
	entries: ReadonlyMap<string, Entry>,
	named: ReadonlySet<string>,
	reader: PolicyReader,
): readonly Rule[] {
	const rules: Rule[] = [];
	const nodes = new Map<Rule, Node | null>();
	const ids = new Set<string>();
	for (const effect of SECTIONS) {
		const section = entries.get(effect)?.value ?? null;
		if (isSeq(section)) {
			section.items.forEach((item, index) => {
				const node = item as Node | null;
				const rule = parseRule(node, effect, `${effect}[${String(index)}]`, reader);
				if (rule !== undefined && ids.has(rule.id)) {
					const said = phrase("Another rule has the id '{0}' too; ids are unique.", shown(rule.id));
					reader.error('duplicate-id', said, node);
				} else if (rule !== undefined) {
					ids.add(rule.id);
					rules.push(rule);
					nodes.set(rule, node);
				}
			});
		} else if (section !== null && !(isScalar(section) && section.value === null)) {
			const said = phrase("'{0}' must be a list: start each rule with '- capability:'.", effect);
			reader.error('wrong-type', said, section);
		}
	}
	for (const { rule, severity, code, said } of reader.failed ? [] : lintRules(rules, named)) {
		const node = nodes.get(rule);
		if (severity === 'error') {
			reader.error(code, said, node);
		} else {
			reader.warn(code, said, node);
		}
	}
	return rules;
}

function readCapabilities(entry: Entry | undefined, reader: PolicyReader): ReadonlyMap<string, string> {
	const table = new Map<string, string>();
	const node = entry?.value ?? null;
	if (isMap(node)) {
		const keys = node.items.map(item => (isScalar(item.key) ? String(item.key.value) : ''));
		for (const [key, cell] of reader.entries(node.items, keys, THE_TABLE)) {
			const capability = reader.line(cell, 200);
			if (!isToolName(key)) {
				const said = phrase("Write 'server/tool: resource.action', not '{0}'.", shown(key));
				reader.error('wrong-type', said, cell.keyNode);
			} else if (capability !== undefined && !isCapability(capability)) {
				reader.error(
					'invalid-capability',
					phrase("'{0}' is not a capability; write 'resource.action' in lower case.", shown(capability)),
					cell.value,
				);
			} else if (capability !== undefined) {
				table.set(key, capability);
			}
		}
	} else if (node !== null && !(isScalar(node) && node.value === null)) {
		const said = phrase("'capabilities' must be a mapping of 'server/tool' to 'resource.action'.");
		reader.error('wrong-type', said, node);
	}
	return table;
}

/** `server/tool`. By hand: an expression with two open ends takes quadratic time over many slashes. */
function isToolName(key: string): boolean {
	const slash = key.indexOf('/', 1);
	return slash > 0 && slash < key.length - 1 && !/[\r\n]/.test(key);
}

function baseName(file: string): string {
	return file.split(/[\\/]/).at(-1) ?? file;
}
