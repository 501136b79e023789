import { type CredentialKind } from '../domain/registry/credential';

/** What a node of the tree stands for; commands of the tree get it. Names are attacker-controlled. */
export type TreeTarget =
	| { readonly kind: 'server'; readonly serverId: string }
	| { readonly kind: 'group'; readonly serverId: string }
	| { readonly kind: 'identity'; readonly serverId: string }
	| { readonly kind: 'tool' | 'prompt' | 'resource'; readonly serverId: string; readonly name: string }
	/** `id`: of its launch; absent where it cannot be guarded. */
	| { readonly kind: 'unguarded'; readonly id?: string; readonly file: string }
	| { readonly kind: 'restricted' }
	| { readonly kind: 'grant'; readonly id: string }
	| { readonly kind: 'credential'; readonly serverId: string; readonly of: CredentialKind; readonly name: string };

/** One node as data: every text in it is quoted, plain, and complete without its icon or colour. */
export interface TreeNode {
	/** The same for the same thing at every refresh, so that what is unfolded stays so. */
	readonly key: string;
	readonly label: string;
	readonly description: string;
	/** Plain text. */
	readonly tooltip: string;
	/** What a screen reader says. */
	readonly accessible: string;
	/** Name of a product icon, and of a theme colour. */
	readonly icon: string;
	readonly color?: string;
	/** Words for `viewItem =~ /…/` in package.json. */
	readonly context: string;
	readonly target: TreeTarget;
	/** What a click opens; gets the node. */
	readonly opens?: { readonly command: string; readonly title: string };
	readonly expanded?: true;
	/** Absent for a leaf; made when it is unfolded. */
	readonly children?: () => readonly TreeNode[];
}

/** True for what the tree hands to its commands; other callers hand over something else, or nothing. */
export function isTreeNode(value: unknown): value is TreeNode {
	return (
		typeof value === 'object' &&
		value !== null &&
		'target' in value &&
		typeof value.target === 'object' &&
		value.target !== null &&
		'kind' in value.target
	);
}

/** The server that an argument of a command names: an id, or a node of the tree that belongs to a server. */
export function serverArgument(value: unknown): string | undefined {
	if (typeof value === 'string') {
		return value;
	}
	return isTreeNode(value) && 'serverId' in value.target ? value.target.serverId : undefined;
}
