import { serverIdOf, type StdioLaunch } from '../../../src/domain/registry/launch';
import { type ToolPin, toolDigest } from '../../../src/domain/registry/pin';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { NO_SURFACE } from '../../../src/domain/registry/surfacePin';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';

const LAUNCH: StdioLaunch = { kind: 'stdio', command: 'server-filesystem', args: [], env: [] };

/** An approved entry, complete and valid but for what a test says. Its id follows the launch unless the test gives one. */
export function aServerEntry(parts: Partial<ServerEntry> = {}): ServerEntry {
	return {
		id: serverIdOf(parts.launch ?? LAUNCH),
		name: 'filesystem',
		revision: 1,
		launch: LAUNCH,
		origin: { kind: 'user', file: '/home/dev/mcp.json' },
		owner: 'dev',
		status: 'approved',
		ceiling: 'secret',
		credentials: [],
		supply: { source: { kind: 'unknown', name: 'server-filesystem' }, files: [], gaps: [] },
		tools: [],
		surface: NO_SURFACE,
		reviewedAt: '2026-01-01T00:00:00.000Z',
		reviewedBy: 'dev',
		...parts,
	};
}

/** The pin of a tool, as a review makes it. */
export function aToolPin(tool: ToolDescriptor, capability = 'filesystem.read'): ToolPin {
	return { name: tool.name, digest: toolDigest(tool), capability, reviewed: tool };
}
