import { type ToolDescriptor } from '../domain/registry/toolDescriptor';

const MAX_TOOLS = 10_000;
/** UTF-16 units of JSON of all tools together. */
const MAX_SIZE = 32 * 1024 * 1024;

/** Tools as the upstream listed them in one session, by name; bounded, because an upstream may list without end. */
export class ListedTools {
	private readonly tools = new Map<string, { readonly tool: ToolDescriptor; readonly size: number }>();
	private size = 0;

	/** What was listed last under this name. Attacker-controlled. */
	get(name: string): ToolDescriptor | undefined {
		return this.tools.get(name)?.tool;
	}

	/** Remembers a tool; false when there is no room for it. */
	put(tool: ToolDescriptor): boolean {
		const size = JSON.stringify(tool).length;
		const before = this.tools.get(tool.name);
		const total = this.size - (before?.size ?? 0) + size;
		if (total > MAX_SIZE || (before === undefined && this.tools.size >= MAX_TOOLS)) {
			return false;
		}
		this.tools.set(tool.name, { tool, size });
		this.size = total;
		return true;
	}

	clear(): void {
		this.tools.clear();
		this.size = 0;
	}
}
