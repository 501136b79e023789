import { userInfo } from 'node:os';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import {
	concernedBy,
	isRested,
	RESTED_BY_PERSON,
	REVOKED_BY_PERSON,
	type StatusChange,
} from '../domain/registry/changeStatus';
import { describeLaunch } from '../domain/registry/launch';
import { auditRegistry, type AuditRow, type ReachableServers } from '../domain/registry/registryAudit';
import { registryDigest, type ServerEntry } from '../domain/registry/serverEntry';
import { EXIT_UNUSABLE } from './command';
import { type CliOutput } from './output';
import { printable } from './printable';
import { findEntry, noteInTrail, type RegistryPlace } from './registryPlace';

/** Finds the servers that clients on this machine could start, besides those that are registered. */
export type FindReachable = (entries: readonly ServerEntry[]) => Promise<ReachableServers>;

/** Exit code of `registry audit` where the registry does not account for everything. */
export const EXIT_GAPS = 1;

/** Who does it, as the system calls them. */
export function whoIsHere(): string {
	return `${userInfo().username}, by the command line`;
}

/** `registry list`: one line for each server. */
export function listRegistry({ registry }: RegistryPlace, json: boolean, out: CliOutput): Promise<number> {
	for (const entry of registry.all()) {
		const { id, name, status, revision, owner, ceiling, tools, reviewedAt } = entry;
		if (json) {
			const row = { id, name, status, revision, owner, ceiling, tools: tools.length, reviewedAt };
			out.stdout(printable(JSON.stringify(row)));
		} else {
			const cells = [id.slice(0, 12), status.padEnd(14), name.padEnd(24), `${String(tools.length)} tools`, owner];
			out.stdout(printable(cells.join('  ')));
		}
	}
	return Promise.resolve(0);
}

/** `registry show`: everything that is known of one server. It holds no secret. */
export function showEntry({ registry }: RegistryPlace, wanted: string, json: boolean, out: CliOutput): Promise<number> {
	const entry = findEntry(registry, wanted);
	if (typeof entry === 'string') {
		out.stderr(entry);
		return Promise.resolve(EXIT_UNUSABLE);
	}
	if (json) {
		out.stdout(printable(JSON.stringify(entry)));
		return Promise.resolve(0);
	}
	const { supply, credentials } = entry;
	const lines: readonly (readonly [string, string | undefined])[] = [
		['name', entry.name],
		['id', entry.id],
		['revision', String(entry.revision)],
		['status', [entry.status, entry.statusReason].filter(Boolean).join(': ')],
		['launch', describeLaunch(entry.launch)],
		['defined in', entry.origin.file],
		['for folder', entry.origin.project],
		['source', [supply.source.kind, supply.source.name, supply.source.version].filter(Boolean).join(' ')],
		['integrity', supply.integrity],
		...supply.files.map(({ role, path, digest }) => [role, `${path} sha256 ${digest}`] as const),
		...supply.gaps.map(gap => ['not pinned', gap] as const),
		['owner', entry.owner],
		['ceiling', entry.ceiling],
		['reviewed', `${entry.reviewedAt} by ${entry.reviewedBy}`],
		...credentials.map(
			({ kind, name, revoked }) => ['credential', `${kind} ${name}${revoked ? ' (revoked)' : ''}`] as const,
		),
		...entry.tools.map(({ name, capability, digest }) => ['tool', `${name} ${capability} ${digest}`] as const),
	];
	for (const [title, value] of lines) {
		if (value !== undefined) {
			out.stdout(printable(`${title.padEnd(12)}${value}`));
		}
	}
	return Promise.resolve(0);
}

/** `registry audit`: every capability with everything that is known of it, then the gaps. 1 where there is one (E1). */
export async function auditCommand(
	{ registry }: RegistryPlace,
	find: FindReachable,
	json: boolean,
	out: CliOutput,
): Promise<number> {
	const entries = registry.all();
	const { rows, gaps } = auditRegistry(entries, await find(entries));
	if (json) {
		out.stdout(printable(JSON.stringify({ rows, gaps })));
	} else {
		rows.forEach(row => {
			out.stdout(printable(rowText(row)));
		});
		gaps.forEach(({ server, item, what }) => {
			out.stdout(printable(`GAP  ${[server, item].filter(Boolean).join(' / ')}: ${what}`));
		});
		out.stdout(
			`${String(rows.length)} capabilities of ${String(entries.length)} servers, ${String(gaps.length)} gaps`,
		);
	}
	return gaps.length === 0 ? 0 : EXIT_GAPS;
}

function rowText(row: AuditRow): string {
	const { server, kind, name, source, version, schema, category, risk, ceiling, owner, status, reviewedAt } = row;
	const review = `${status} ${reviewedAt} by ${row.reviewedBy || '-'}`;
	const cells = [`${server} / ${kind} ${name}`, source, version, `schema ${schema.slice(0, 16)}`, category, risk];
	return [...cells, `ceiling ${ceiling}`, `owner ${owner || '-'}`, review].map(cell => cell || '-').join('  ');
}

/** What a person may do to a server by the command line. */
export type StatusVerb = 'revoke' | 'suspend' | 'resume';

const CHANGES: Readonly<Record<StatusVerb, StatusChange & { readonly event: LifecycleEvent }>> = {
	revoke: { status: 'revoked', reason: REVOKED_BY_PERSON, event: 'server-revoked' },
	suspend: { status: 'suspended', reason: RESTED_BY_PERSON, event: 'server-suspended' },
	resume: { status: 'approved', reason: '', event: 'server-resumed' },
};

/**
 * `registry revoke`, `suspend`, `resume`: takes effect in every open window within a second, and stays. What is revoked is so
 * in every folder that has the launch.
 */
export async function changeStatusCommand(
	place: RegistryPlace,
	verb: StatusVerb,
	wanted: string,
	out: CliOutput,
): Promise<number> {
	const entry = findEntry(place.registry, wanted);
	if (typeof entry === 'string') {
		out.stderr(entry);
		return EXIT_UNUSABLE;
	}
	if (verb === 'resume' && !isRested(entry)) {
		out.stderr('Only a server that a person put to rest can be resumed; any other has to be reviewed in VS Code.');
		return EXIT_UNUSABLE;
	}
	const { status, reason, event } = CHANGES[verb];
	const others = concernedBy(place.registry.all(), entry.id, status).filter(
		each => each.id !== entry.id && each.status !== status,
	);
	const change = await place.registry.setStatus(entry.id, status, reason);
	if (change.kind === 'problem') {
		out.stderr(printable(`Nothing was changed: ${change.problem}`));
		return EXIT_UNUSABLE;
	}
	const detail = `by ${whoIsHere()}`;
	const events = [entry, ...others].map(before => {
		const { id, name } = before;
		const after = place.registry.find(id);
		const digests = { before: registryDigest(before), ...(after && { after: registryDigest(after) }) };
		return { event, server: { id, name }, detail, ...digests };
	});
	await noteInTrail(place, events);
	const back = verb === 'revoke' ? ' Only a review in VS Code brings it back.' : '';
	out.stdout(printable(`${entry.name} is ${place.registry.find(entry.id)?.status ?? 'gone'}.${back}`));
	for (const { name } of others) {
		out.stdout(printable(`${name} is ${status} as well: it has the same launch.${back}`));
	}
	return 0;
}
