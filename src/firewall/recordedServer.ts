import { errorText } from '../base/errors';
import { type AuditRecord, type ServerAuth } from '../domain/audit/auditRecord';
import { maskText } from '../domain/inspection/maskSecrets';
import { type ServerEntry, type ServerStatus } from '../domain/registry/serverEntry';
import { type PathContext } from './pathContext';
import { type GuardedServer } from './ports';

/** How much of a text is masked, so that no secret is cut in two before it is seen, and how much of that is kept. */
const MAX_LOOK = 4_096;
const MAX_TEXT = 200;
const MAX_CREDENTIALS = 50;

/**
 * What every entry says of its server (gateway.md A1, A2, A5): which revision of the registry it was judged under, where its
 * program comes from, how it was known to be that program, and the names of the secrets that it is given.
 */
export function recordedServer({
	ports,
	server,
	review,
}: Pick<PathContext, 'ports' | 'server' | 'review'>): Pick<AuditRecord, 'server' | 'auth' | 'credentials'> {
	const known = { server: { id: server.id, name: server.name } };
	try {
		const entry = review.current().entry;
		return {
			...known,
			...(entry && reviewed(server, entry, ports.registry.find(server.id)?.status)),
			...latestAuth({ ports, server }),
		};
	} catch (error) {
		// Nothing is let through by this: recognition asks the registry itself.
		ports.logger.error(`What is known of a server could not be read: ${errorText(error)}`);
		return known;
	}
}

/**
 * How the server is known by now to be the reviewed one (A2): one that was started for the very message has only just been looked
 * at. Where nobody ever looked, the entry says so.
 */
export function latestAuth({ ports, server }: Pick<PathContext, 'ports' | 'server'>): Pick<AuditRecord, 'auth'> {
	let auth: ServerAuth | undefined;
	try {
		auth = server.auth?.();
	} catch (error) {
		ports.logger.error(`How a server is known could not be read: ${errorText(error)}`);
	}
	const at = new Date(ports.clock.now()).toISOString();
	return { auth: auth ?? { method: 'none', result: 'not-checked', at } };
}

/** `status`: as it is now; the session may go by an older review. */
function reviewed(
	server: GuardedServer,
	entry: ServerEntry,
	status: ServerStatus | undefined,
): Pick<AuditRecord, 'server' | 'credentials'> {
	const { source } = entry.supply;
	return {
		server: {
			...{ id: server.id, name: server.name, revision: entry.revision },
			source: plain(`${source.kind}:${source.name}`),
			...(source.version !== undefined && { version: plain(source.version) }),
			...(entry.protocolVersion !== undefined && { protocolVersion: plain(entry.protocolVersion) }),
			review: status ?? entry.status,
			...(entry.signedBy !== undefined && { signedBy: plain(entry.signedBy) }),
		},
		...(entry.credentials.length > 0 && {
			credentials: entry.credentials.slice(0, MAX_CREDENTIALS).map(({ kind, name }) => plain(`${kind}:${name}`)),
		}),
	};
}

function plain(text: string): string {
	return maskText(text.slice(0, MAX_LOOK)).slice(0, MAX_TEXT);
}
