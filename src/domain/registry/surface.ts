import { type JsonObject } from '../../base/json';
import { type ToolDescriptor } from './toolDescriptor';

/** A prompt or a resource template as the server lists it, only the members that are reviewed. Attacker-controlled. */
export interface ListedItem {
	/** The prompt's name, or the template's `uriTemplate`. */
	readonly key: string;
	/** The reviewed members, as listed. */
	readonly text: JsonObject;
}

/** Everything that a server says of itself and that is reviewed. All of it is attacker-controlled. */
export interface ServerSurface {
	/** `serverInfo` of `initialize`, or of `server/discover` in 2026-07-28; empty texts where it said none. */
	readonly serverInfo: { readonly name: string; readonly version: string };
	/** The revision of MCP that was spoken. */
	readonly protocolVersion: string;
	readonly instructions?: string;
	readonly tools: readonly ToolDescriptor[];
	readonly prompts: readonly ListedItem[];
	readonly resourceTemplates: readonly ListedItem[];
}
