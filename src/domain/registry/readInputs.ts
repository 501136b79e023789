import { type Node } from 'jsonc-parser';
import { duplicateKeys, membersOf, textOf } from './jsonDocument';

/** One entry of `inputs` (VS Code docs, "Input variables for sensitive data"). Attacker-controlled. */
export interface FoundInput {
	readonly id: string;
	readonly kind: 'prompt' | 'pick';
	readonly description?: string;
	readonly default?: string;
	/** What can be picked. */
	readonly options: readonly string[];
	/** True where the value is a secret. */
	readonly password: boolean;
}

const MAX_INPUTS = 256;
const MAX_OPTIONS = 256;

/**
 * What the file says of some ids of `${input:…}`. `inputs` lies beside the object at `at` that holds the servers. One sentence
 * of ours where an id is not described there, or in a way that cannot be asked for.
 */
export function inputsBeside(
	root: Node,
	at: readonly string[],
	ids: readonly string[],
): readonly FoundInput[] | string {
	if (ids.length === 0) {
		return [];
	}
	let node: Node | undefined = root;
	for (const key of [...at.slice(0, -1), 'inputs']) {
		const found: readonly Node[] = (membersOf(node) ?? []).filter(each => each.key === key).map(each => each.value);
		node = found.length === 1 ? found[0] : undefined;
	}
	const items = node?.type === 'array' ? (node.children ?? []) : [];
	const read = items.length > MAX_INPUTS ? [] : items.map(readInput);
	const inputs: FoundInput[] = [];
	for (const id of ids) {
		const of = read.filter(input => input?.id === id);
		const [input] = of;
		if (input === undefined || of.length > 1) {
			return 'It asks for a value with ${input:…} that the file does not describe.';
		}
		if (!('kind' in input)) {
			return 'It takes a value from a command of the editor, which cannot be guarded.';
		}
		inputs.push(input);
	}
	return inputs;
}

function readInput(node: Node): FoundInput | { readonly id: string } | undefined {
	const members = membersOf(node);
	if (members === undefined || duplicateKeys(members).size > 0) {
		return undefined;
	}
	const fields = new Map(members.map(({ key, value }) => [key, value]));
	const id = textOf(fields.get('id'));
	const type = textOf(fields.get('type'));
	if (id === undefined || (type !== 'promptString' && type !== 'pickString')) {
		return id === undefined ? undefined : { id };
	}
	const description = textOf(fields.get('description'));
	const preset = textOf(fields.get('default'));
	const options = fields.get('options');
	return {
		id,
		kind: type === 'pickString' ? 'pick' : 'prompt',
		...(description !== undefined && { description }),
		...(preset !== undefined && { default: preset }),
		options: (options?.children ?? []).slice(0, MAX_OPTIONS).flatMap(option => optionOf(option) ?? []),
		password: fields.get('password')?.value === true,
	};
}

/** A text, or an object with `label` and `value`. */
function optionOf(node: Node): string | undefined {
	return textOf(node) ?? textOf(membersOf(node)?.find(({ key }) => key === 'value')?.value);
}
