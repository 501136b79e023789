import { errorText } from '../base/errors';
import { type AuditRecord, type CredentialFacts, type ServerAuth } from '../domain/audit/auditRecord';
import { maskText } from '../domain/inspection/maskSecrets';
import { type ServerEntry, type ServerStatus } from '../domain/registry/serverEntry';
import { type PathContext } from './pathContext';
import { type GuardedServer, type TokenFacts } from './ports';

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
}: Pick<PathContext, 'ports' | 'server' | 'review'>): Pick<
	AuditRecord,
	'server' | 'auth' | 'credentials' | 'credentialFacts'
> {
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
): Pick<AuditRecord, 'server' | 'credentials' | 'credentialFacts'> {
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
		...namedCredentials(entry, server.token?.()),
	};
}

/**
 * The secrets that a server is given, by name, with what is known of each (A5); `token`: of the one that was signed in for. Never a
 * value.
 */
export function namedCredentials(
	{ credentials }: Pick<ServerEntry, 'credentials'>,
	token?: TokenFacts,
): Pick<AuditRecord, 'credentials' | 'credentialFacts'> {
	if (credentials.length === 0) {
		return {};
	}
	const facts = credentials.slice(0, MAX_CREDENTIALS).map(({ kind, name, storedAt }): CredentialFacts => {
		const named = { name: `${kind}:${plain(name)}`, issuedAt: plain(storedAt) };
		return kind === 'oauth' && token !== undefined
			? { ...named, ...token, ...(token.scope !== undefined && { scope: plain(token.scope) }) }
			: named;
	});
	return { credentials: facts.map(({ name }) => name), credentialFacts: facts };
}

function plain(text: string): string {
	return maskText(text.slice(0, MAX_LOOK)).slice(0, MAX_TEXT);
}
