import { type Node, parseTree } from 'jsonc-parser';

/** What is taken out of a JSON text: by member name or index, a part that goes as a whole or parts below it. */
export type Cuts = ReadonlyMap<string, Cuts | 'whole'>;

/** The cuts that a list of paths means. A path that leads through a part that goes as a whole adds nothing. */
export function cutsOf(paths: readonly (readonly string[])[]): Cuts {
	const root = new Map<string, Cuts | 'whole'>();
	for (const path of paths) {
		let at: Map<string, Cuts | 'whole'> | undefined = root;
		path.forEach((key, index) => {
			const known: Cuts | 'whole' | undefined = at?.get(key);
			if (at === undefined || known === 'whole') {
				at = undefined;
			} else if (index === path.length - 1) {
				at.set(key, 'whole');
			} else {
				const below = (known as Map<string, Cuts | 'whole'> | undefined) ?? new Map<string, Cuts | 'whole'>();
				at.set(key, below);
				at = below;
			}
		});
	}
	return root;
}

/**
 * The JSON text without these members and elements. Every value that stays keeps its very spelling: numbers that a double
 * cannot hold, escapes, order. `text` was parsed before, without duplicate keys.
 */
export function cutJson(text: string, cuts: Cuts): string {
	const root = parseTree(text);
	return root === undefined ? text : written(text, root, cuts);
}

function written(text: string, node: Node, cuts: Cuts): string {
	const { children = [] } = node;
	const parts =
		node.type === 'array'
			? children.flatMap((child, index) => part(text, child, child, cuts.get(String(index))))
			: children.flatMap(child => {
					const [name, value] = child.children ?? [];
					return name === undefined || value === undefined
						? []
						: part(text, child, value, cuts.get(String(name.value)));
				});
	return node.type === 'array' ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** The text of a member or element; nothing where it goes. */
function part(text: string, whole: Node, value: Node, cut: Cuts | 'whole' | undefined): readonly string[] {
	if (cut === 'whole') {
		return [];
	}
	const before = text.slice(whole.offset, value.offset);
	const isHolder = value.type === 'object' || value.type === 'array';
	return cut === undefined || !isHolder
		? [text.slice(whole.offset, value.offset + value.length)]
		: [before + written(text, value, cut)];
}
