import { type ServerEntry } from './serverEntry';

/**
 * The tools of the editor that come from an MCP server, by their names (`mcp_<prefix>_<tool>`, where the prefix is made from
 * what the server calls itself), and that no reviewed server has. Other extensions can offer servers, and no stable API of
 * the editor tells which: this is all that can be seen of them. Names are attacker-controlled.
 */
export function strayTools(names: readonly string[], entries: readonly ServerEntry[]): readonly string[] {
	const known = entries.flatMap(({ tools }) => tools.map(({ name }) => `_${editorForm(name)}`));
	return names.filter(name => name.startsWith('mcp_') && !known.some(tail => editorForm(name).endsWith(tail)));
}

/** The editor admits `[a-z0-9_-]` in names of tools. */
function editorForm(name: string): string {
	return name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '_');
}
