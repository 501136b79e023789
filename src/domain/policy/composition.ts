import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { phrase } from '../../base/phrase';
import { DEFAULT_INSPECTION } from './inspectionPolicy';
import { composeLayers } from './layers';
import { parseRule } from './parseRule';
import { type PolicyLoad, type PolicyProblem, type Rule } from './policy';
import { type PolicyReader } from './policyReader';
import { type KeyPlace, shown } from './problemWords';
import { readYamlMapping } from './yamlMapping';

/** A rule about what a call means after what the session did, without an effect of its own. */
export interface Composition {
	/** As a `require_approval` rule. */
	readonly rule: Rule;
	/** True where asking is not enough: it denies whenever compositions are on at all. */
	readonly alwaysDeny: boolean;
}

/** The catalogue of compositions, read from its file (policies/composition.yaml). */
export interface CompositionLoad {
	/** Undefined when the file has an error. */
	readonly compositions: readonly Composition[] | undefined;
	readonly problems: readonly PolicyProblem[];
	readonly digest: string;
	readonly file: string;
}

const THE_FILE: KeyPlace = { inside: phrase('in the composition file'), of: phrase('of the composition file') };
const EXPECTED = phrase("A composition file is a mapping with the section 'compositions'.");

/** Reads a catalogue: the rules of a policy under `compositions:`, each naming `labels`, some with `at_least: deny`. Never throws. */
export function parseComposition(text: string, file: string): CompositionLoad {
	const { value, problems, digest } = readYamlMapping(text, file, EXPECTED, (root, reader) =>
		root === undefined ? [] : readRoot(root, reader),
	);
	return { compositions: value, problems, digest, file };
}

/**
 * Puts the catalogue above a policy as a layer that only tightens, with the effect that the policy's `composition:` says;
 * `off` leaves the policy as it is. A catalogue that cannot be used makes everything denied.
 */
export function withComposition(load: PolicyLoad, catalogue: CompositionLoad): PolicyLoad {
	const { policy } = load;
	if (policy === undefined || policy.composition === 'off') {
		return load;
	}
	const effect = policy.composition;
	const rules = catalogue.compositions?.map(({ rule, alwaysDeny }): Rule => {
		const { approval, ...rest } = rule;
		return alwaysDeny || effect === 'deny'
			? { ...rest, effect: 'deny' }
			: { ...rest, effect, ...(approval !== undefined && { approval }) };
	});
	const { digest, file, problems } = catalogue;
	return composeLayers([
		{
			kind: 'composition',
			load: {
				policy: rules && {
					name: 'composition',
					file,
					mode: 'enforce',
					methods: 'balanced',
					composition: effect,
					rules,
					capabilities: new Map(),
					inspection: DEFAULT_INSPECTION,
					digest,
				},
				problems,
				digest,
				file,
			},
		},
		{ kind: 'user', load },
	]);
}

function readRoot(root: YAMLMap, reader: PolicyReader): readonly Composition[] {
	const keys = ['version', 'description', 'compositions'];
	const entries = reader.entries(root.items, keys, THE_FILE);
	const section = entries.get('compositions')?.value ?? null;
	const compositions: Composition[] = [];
	if (!isSeq(section)) {
		reader.error('wrong-type', phrase("'compositions' must be a list of rules."), section);
		return compositions;
	}
	const ids = new Set<string>();
	section.items.forEach((item, index) => {
		const node = item as Node | null;
		const rule = parseRule(node, 'require_approval', `composition[${String(index)}]`, reader, ['at_least']);
		if (rule === undefined) {
			return;
		}
		if (ids.has(rule.id)) {
			const said = phrase("Another composition has the id '{0}' too.", shown(rule.id));
			reader.error('duplicate-id', said, node);
		}
		if (rule.labels === undefined) {
			reader.error('empty-value', phrase("A composition names 'labels': what the session did before."), node);
		}
		ids.add(rule.id);
		compositions.push({ rule, alwaysDeny: readAtLeast(node, reader) });
	});
	return compositions;
}

function readAtLeast(node: Node | null, reader: PolicyReader): boolean {
	const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === 'at_least') : undefined;
	if (pair === undefined) {
		return false;
	}
	if (!isScalar(pair.value) || pair.value.value !== 'deny') {
		reader.error('invalid-value', phrase("'at_least' can only be deny."), pair.value as Node | null);
	}
	return true;
}
