import { digestJson } from '../../base/digest';
import { UNKNOWN_CAPABILITY } from '../policy/capabilityName';
import { hasSideEffects } from '../policy/sideEffects';
import { type ServerEntry } from './serverEntry';

/** A server that some client on this machine could start or reach, as a search of their files found it. */
export interface ReachableServer {
	/** Attacker-controlled. */
	readonly name: string;
	/** Digest of its launch; absent where the launch cannot be read. */
	readonly id?: string;
	/** The files that define it. */
	readonly places: readonly { readonly file: string; readonly line?: number }[];
	/** True where every one of them leads through the firewall. */
	readonly guarded: boolean;
}

/** What a search gives. */
export interface ReachableServers {
	readonly servers: readonly ReachableServer[];
	/** Files that could not be read, one sentence each: what they define is not known. */
	readonly problems: readonly string[];
}

/** One capability, with everything that E1 of seed 003 asks of a registry. Empty texts are gaps. */
export interface AuditRow {
	readonly server: string;
	readonly serverId: string;
	readonly kind: 'tool' | 'prompt' | 'resource' | 'instructions' | 'server';
	/** Attacker-controlled. */
	readonly name: string;
	/** Kind and name of where the program comes from. */
	readonly source: string;
	readonly version: string;
	/** SHA-256 of what was reviewed: texts, schemas, annotations. */
	readonly schema: string;
	/** The capability: `resource.action`. */
	readonly category: string;
	readonly risk: 'reads' | 'changes' | '';
	/** The most sensitive data that may be sent to it. */
	readonly ceiling: string;
	readonly owner: string;
	readonly status: string;
	readonly reviewedAt: string;
	readonly reviewedBy: string;
}

/** Something that the registry does not account for. */
export interface AuditGap {
	/** Attacker-controlled. */
	readonly server: string;
	/** The tool or prompt that it is about; absent where it is about the server. */
	readonly item?: string;
	/** One sentence of ours without its full stop. */
	readonly what: string;
}

/** The registry set against what can be reached. */
export interface RegistryAudit {
	readonly rows: readonly AuditRow[];
	readonly gaps: readonly AuditGap[];
}

const UNKNOWN = 'unknown';
const TEXTS = [
	'source',
	'version',
	'schema',
	'category',
	'risk',
	'ceiling',
	'owner',
	'status',
	'reviewedAt',
	'reviewedBy',
] as const;

/**
 * Lists every capability of the registry with source, version, schema, category, risk, ceiling, owner and review, and every gap:
 * a server that can be reached past the registry, an entry that waits for a person, a field that nothing is known of (seed
 * 003, E1).
 */
export function auditRegistry(entries: readonly ServerEntry[], reachable: ReachableServers): RegistryAudit {
	const rows = entries.flatMap(rowsOf);
	return {
		rows,
		gaps: [
			...reachable.problems.map(what => ({ server: '', what: what.replace(/\.$/, '') })),
			...reachable.servers.flatMap(server => gapsOfReach(server, entries)),
			...entries.flatMap(gapsOfStatus),
			...rows.filter(({ status }) => status !== 'revoked').flatMap(gapsOfRow),
		],
	};
}

function rowsOf(entry: ServerEntry): readonly AuditRow[] {
	const { id, name, supply, identity, ceiling, owner, status, reviewedAt, reviewedBy, surface, tools } = entry;
	const { kind, name: from, version } = supply.source;
	const [file] = supply.files;
	const common = {
		...{ server: name, serverId: id, source: kind === UNKNOWN ? '' : `${kind} ${from}` },
		version: version ?? identity?.version ?? (file === undefined ? '' : `sha256 ${file.digest}`),
		...{ ceiling, owner: known(owner), status, reviewedAt, reviewedBy: known(reviewedBy) },
	};
	const reads = (what: string) => ({ category: what, risk: 'reads' }) as const;
	const rows: readonly AuditRow[] = [
		...tools.map(({ name: tool, digest, capability }): AuditRow => {
			const isKnown = capability !== UNKNOWN_CAPABILITY;
			return {
				...{ ...common, kind: 'tool', name: tool, schema: digest, category: isKnown ? capability : '' },
				risk: isKnown ? (hasSideEffects(capability) ? 'changes' : 'reads') : '',
			};
		}),
		...surface.prompts.map(({ key, digest }): AuditRow => {
			return { ...common, kind: 'prompt', name: key, schema: digest, ...reads('prompts.get') };
		}),
		...surface.resourceTemplates.map(({ key, digest }): AuditRow => {
			return { ...common, kind: 'resource', name: key, schema: digest, ...reads('resources.read') };
		}),
		...(surface.instructions === undefined
			? []
			: [
					{
						...{ ...common, kind: 'instructions' as const, name: 'instructions' },
						...{ schema: surface.instructions.digest, ...reads('instructions.read') },
					},
				]),
	];
	return rows.length > 0
		? rows
		: [{ ...common, kind: 'server', name, schema: digestJson([]), ...reads('nothing.read') }];
}

function known(text: string): string {
	return text === UNKNOWN ? '' : text;
}

function gapsOfReach(
	{ name, id, places, guarded }: ReachableServer,
	entries: readonly ServerEntry[],
): readonly AuditGap[] {
	const registered = id !== undefined && entries.some(entry => entry.id === id);
	if (registered && guarded) {
		return [];
	}
	const where = places.map(({ file, line }) => (line === undefined ? file : `${file}:${String(line)}`)).join(', ');
	const what = registered ? 'can be started past the firewall' : 'is not registered';
	return [{ server: name, what: `${what}, by ${where}` }];
}

function gapsOfStatus({ name, status, statusReason }: ServerEntry): readonly AuditGap[] {
	switch (status) {
		case 'approved':
		case 'revoked':
			return [];
		case 'pending-review':
		case 'suspended':
			return [{ server: name, what: `is ${status}${statusReason === undefined ? '' : ` (${statusReason})`}` }];
	}
}

function gapsOfRow(row: AuditRow): readonly AuditGap[] {
	const lacking = TEXTS.filter(field => row[field] === '');
	return lacking.length === 0 ? [] : [{ server: row.server, item: row.name, what: `has no ${lacking.join(', ')}` }];
}
