import { digestJson, sha256Hex } from '../../base/digest';
import { type JsonObject } from '../../base/json';
import { type ListedItem, type ServerSurface } from './surface';

/** What a person accepted of one prompt or resource template. */
export interface ItemPin {
	readonly key: string;
	/** SHA-256 over the canonical JSON of `reviewed`. */
	readonly digest: string;
	/** Kept so that drift can be shown. Attacker-controlled. */
	readonly reviewed: JsonObject;
}

/** What a person accepted of a server besides its tools. */
export interface SurfacePins {
	readonly prompts: readonly ItemPin[];
	readonly resourceTemplates: readonly ItemPin[];
	/** The server's instructions to the model, and their SHA-256; absent where it gave none. Attacker-controlled. */
	readonly instructions?: { readonly digest: string; readonly reviewed: string };
}

/** A server that offers nothing but tools. */
export const NO_SURFACE: SurfacePins = { prompts: [], resourceTemplates: [] };

/** The pins of all that a server says besides its tools. */
export function pinsOfSurface(
	surface: Pick<ServerSurface, 'prompts' | 'resourceTemplates' | 'instructions'>,
): SurfacePins {
	const { prompts, resourceTemplates, instructions } = surface;
	return {
		prompts: prompts.map(pinOfItem),
		resourceTemplates: resourceTemplates.map(pinOfItem),
		...(instructions !== undefined && {
			instructions: { digest: sha256Hex(instructions), reviewed: instructions },
		}),
	};
}

function pinOfItem({ key, text }: ListedItem): ItemPin {
	return { key, digest: digestJson(text), reviewed: text };
}
