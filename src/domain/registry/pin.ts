import { digestJson } from '../../base/digest';
import { type ToolDescriptor } from './toolDescriptor';

/** What a person accepted for one tool, and what it counts as. */
export interface ToolPin {
	readonly name: string;
	/** {@link toolDigest} of the reviewed tool. */
	readonly digest: string;
	/** `resource.action`, decided at review. */
	readonly capability: string;
	/** The reviewed text, kept so that drift can be shown. Attacker-controlled. */
	readonly reviewed: ToolDescriptor;
}

/** Descriptors are never changed, and one that was listed is held against its pin with every call. */
const known = new WeakMap<ToolDescriptor, string>();

/** Digest of all that a model or an editor reads of a tool: name, title, description, schemas and annotations. */
export function toolDigest(tool: ToolDescriptor): string {
	const digest = known.get(tool) ?? computed(tool);
	known.set(tool, digest);
	return digest;
}

function computed(tool: ToolDescriptor): string {
	return digestJson({
		name: tool.name,
		title: tool.title ?? null,
		description: tool.description ?? null,
		inputSchema: tool.inputSchema ?? null,
		outputSchema: tool.outputSchema ?? null,
		annotations: tool.annotations ?? null,
	});
}

/** How one listed tool stands to the pins. */
export type PinState = 'pinned' | 'unreviewed' | 'drifted';

/** Compares one listed tool with the pins of its server. */
export function pinState(pins: readonly ToolPin[], tool: ToolDescriptor): PinState {
	const pin = pins.find(candidate => candidate.name === tool.name);
	if (pin === undefined) {
		return 'unreviewed';
	}
	return pin.digest === toolDigest(tool) ? 'pinned' : 'drifted';
}
