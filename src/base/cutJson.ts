import { type Node, parseTree } from 'jsonc-parser';

/** What is taken out of a JSON text: by member name or index, a part that goes as a whole or parts below it. */
export type Cuts = ReadonlyMap<string, Cut>;

/** `instead`: the text that stands in the place of a text or number. */
type Cut = Cuts | 'whole' | { readonly instead: string };

/** The cuts that a list of paths means. A path that leads through a part that goes as a whole adds nothing. */
export function cutsOf(paths: readonly (readonly string[])[]): Cuts {
	return changesOf(paths.map(path => ({ path })));
}

/** The same, where some parts do not go but have another text put in their place. */
export function changesOf(changes: readonly { readonly path: readonly string[]; readonly instead?: string }[]): Cuts {
	const root = new Map<string, Cut>();
	for (const { path, instead } of changes) {
		let at: Map<string, Cut> | undefined = root;
		path.forEach((key, index) => {
			const known: Cut | undefined = at?.get(key);
			if (at === undefined || known === 'whole' || (known !== undefined && 'instead' in known)) {
				at = undefined;
			} else if (index === path.length - 1) {
				at.set(key, instead === undefined ? 'whole' : { instead });
			} else {
				const below = (known as Map<string, Cut> | undefined) ?? new Map<string, Cut>();
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
function part(text: string, whole: Node, value: Node, cut: Cut | undefined): readonly string[] {
	if (cut === 'whole') {
		return [];
	}
	const before = text.slice(whole.offset, value.offset);
	const isHolder = value.type === 'object' || value.type === 'array';
	if (cut !== undefined && 'instead' in cut) {
		return [before + JSON.stringify(cut.instead)];
	}
	return cut === undefined || !isHolder
		? [text.slice(whole.offset, value.offset + value.length)]
		: [before + written(text, value, cut)];
}
