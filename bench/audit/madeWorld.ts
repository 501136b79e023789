import { createHash } from 'node:crypto';
import { type RecordedServer } from '../../src/domain/audit/auditRecord';

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
	constructor(private state: number) {}

	/** From 0, below 1. */
	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	}

	/** A whole number from `low` to `high`, both included. */
	whole(low: number, high: number): number {
		return low + Math.floor(this.next() * (high - low + 1));
	}

	/** True in so many of a hundred times. */
	percent(chance: number): boolean {
		return this.next() * 100 < chance;
	}

	pick<T>(items: readonly T[]): T {
		return items[Math.floor(this.next() * items.length)] as T;
	}

	/** The first ones come more often, as with real tools. */
	favour<T>(items: readonly T[]): T {
		return items[Math.floor(this.next() ** 2 * items.length)] as T;
	}

	hex(length: number): string {
		let text = '';
		while (text.length < length) {
			text += Math.floor(this.next() * 0x1_0000_0000)
				.toString(16)
				.padStart(8, '0');
		}
		return text.slice(0, length);
	}

	/** UUIDv7 of a time, ms. */
	uuid(at: number): string {
		const time = at.toString(16).padStart(12, '0');
		const rest = this.hex(18);
		return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`;
	}
}

/** SHA-256 of what never was, hex: stands where the product has digests of bytes that nobody kept. */
export function digestOf(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}

/** A tool of a server of the made world. */
export interface MadeTool {
	readonly name: string;
	readonly capability: string;
	readonly pin: string;
}

/** A server of the made world. */
export interface MadeServer {
	readonly record: RecordedServer;
	readonly tools: readonly MadeTool[];
	/** What it is given, by name. */
	readonly credentials: readonly string[];
	/** What comes back is text from outside. */
	readonly outside: boolean;
}

const SERVERS = [
	['filesystem', 'filesystem', 'npm:@modelcontextprotocol/server-filesystem', '2025.11.25'],
	['github', 'repository', 'https://api.githubcopilot.com/mcp/', '1.14.0'],
	['postgres', 'database', 'npm:@bytebase/dbhub', '0.11.9'],
	['browser', 'browser', 'npm:@playwright/mcp', '0.0.48'],
	['fetch', 'network', 'pypi:mcp-server-fetch', '2025.4.7'],
	['slack', 'messages', 'npm:slack-mcp-server', '1.1.26'],
	['memory', 'memory', 'npm:@modelcontextprotocol/server-memory', '2025.9.25'],
	['shell', 'shell', 'npm:mcp-shell', '0.3.1'],
	['kubernetes', 'cluster', 'docker:ghcr.io/containers/kubernetes-mcp-server', '0.0.54'],
	['jira', 'issues', 'https://mcp.atlassian.com/v1/sse', '2.0.1'],
	['mail', 'mail', 'npm:mcp-mail', '1.8.2'],
	['docs', 'documents', 'https://mcp.context7.com/mcp', '1.0.31'],
] as const;
const VERBS = ['read', 'list', 'search', 'get', 'write', 'create', 'update', 'delete', 'send', 'execute'] as const;
const NOUNS = ['file', 'entry', 'branch', 'table', 'page', 'thread', 'note', 'resource'] as const;
const OUTSIDE = new Set<string>(['github', 'browser', 'fetch', 'slack', 'jira', 'mail', 'docs']);
const REMOTE = new Set<string>(['github', 'jira', 'docs']);

/** Twelve servers with 150 tools between them. */
export const WORLD: readonly MadeServer[] = SERVERS.map(([name, resource, source, version], index) => ({
	record: {
		id: digestOf(`server ${name}`),
		name,
		revision: 1 + (index % 4),
		source,
		version,
		protocolVersion: '2025-11-25',
		review: index === 10 ? 'suspended' : 'approved',
		...(index % 5 === 0 && { signedBy: 'Example Ltd' }),
	},
	tools: Array.from({ length: index < 6 ? 13 : 12 }, (_, at) => {
		const verb = VERBS[at % VERBS.length] as string;
		const tool = `${verb}_${NOUNS[(at + index) % NOUNS.length] as string}${at < VERBS.length ? '' : 's'}`;
		return { name: tool, capability: `${resource}.${verb}`, pin: digestOf(`${name} ${tool}`) };
	}),
	credentials: REMOTE.has(name) ? ['header:Authorization'] : index % 3 === 2 ? ['env:API_TOKEN'] : [],
	outside: OUTSIDE.has(name),
}));

/** Who asks. */
export const CLIENTS = [
	{ name: 'Visual Studio Code', version: '1.106.2' },
	{ name: 'claude-code', version: '2.0.51' },
	{ name: 'ci-agent', version: '0.4.0' },
] as const;

/** Rules of the policy of the made world, by what they decide. */
export const RULES = {
	allow: ['reads-in-workspace', 'lists', 'searches', 'own-notes'],
	require_approval: ['writes-ask', 'shell-asks', 'sends-ask'],
	deny: ['no-deletes-outside', 'no-secrets-out', 'no-production'],
} as const;

/** Words that arguments are made of. */
export const WORDS =
	'release branch index invoice retry parser cache window summary deploy customer token budget report schema worker queue layout session metric'.split(
		' ',
	);
