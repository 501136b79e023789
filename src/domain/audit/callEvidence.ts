import { type JsonValue } from '../../base/json';
import { levelWords } from '../identity/identityWords';
import { type AuditRecord, type TouchedFile } from './auditRecord';

/** A fact and its value as it is shown; what an entry does not hold is absent. */
type Facts = Readonly<Record<string, JsonValue>>;

/**
 * What the trail tells of one call (gateway.md §4.4 and E7): who answered it, under which review, why it was let go, what was
 * sent, what came back, and how that was checked. Everything is masked already; names are attacker-controlled.
 */
export interface CallEvidence {
	readonly call: Facts;
	/** Who the server is, and how that was made sure. */
	readonly identity: Facts;
	/** What was reviewed of server and tool. */
	readonly version: Facts;
	readonly scope: Facts;
	readonly outbound: Facts;
	readonly response: Facts;
	readonly validation: Facts;
	readonly credentials: readonly string[];
	readonly outcome: Facts;
}

/** `verdict` is the entry that was written before the call was handed on, where there is one: it holds the facts. */
export function callEvidence(entry: AuditRecord, verdict?: AuditRecord): CallEvidence {
	const { server, response, latency, approval } = entry;
	const facts = entry.facts ?? verdict?.facts;
	const decided = entry.verdict ?? verdict?.verdict;
	return {
		call: present({
			id: entry.id,
			at: entry.at,
			session: entry.session,
			traceId: entry.session?.replaceAll('-', ''),
			traceparent: entry.traceparent,
			method: entry.method,
			tool: entry.tool,
			client: entry.client && `${entry.client.name} ${entry.client.version}`,
		}),
		identity: present({
			server: server?.name,
			serverId: server?.id,
			source: server?.source,
			signedBy: server?.signedBy,
			authMethod: entry.auth?.method ?? 'none',
			authResult: entry.auth?.result ?? 'not-checked',
			authAt: entry.auth?.at,
			...principalFactsOf(entry),
		}),
		version: present({
			registryRevision: server?.revision ?? 'not registered',
			review: server?.review,
			serverVersion: server?.version,
			protocolVersion: server?.protocolVersion,
			toolPin: entry.pin ?? 'not pinned',
		}),
		scope: present({
			capability: entry.capability ?? 'unknown',
			capabilityBy: facts?.by,
			decision: decided?.effect ?? 'none',
			reason: decided?.reason ?? entry.detail,
			rule: decided?.rule?.id,
			ruleAt: decided?.rule && `${decided.rule.file}:${String(decided.rule.line)}`,
			observed: decided?.observed,
			policyDigest: entry.policyDigest,
			paths: entry.paths,
			sessionLabels: facts?.labels,
			approval: approval?.outcome,
			approvalGrant: approval?.grantId,
			...authorityFactsOf(entry),
		}),
		outbound: present({
			arguments: entry.arguments,
			digestReceived: entry.received ?? entry.digest,
			digestSent: entry.digest,
			argumentsMac: entry.argumentsMac,
			paramsHash: entry.paramsHash,
			heldBack: entry.narrowed?.map(({ path, why }) => `${path} (${why})`) ?? [],
			masked: secretsIn(entry),
			sensitivity: entry.sensitivity?.label,
			ceiling: entry.sensitivity?.ceiling,
			sensitiveAt: entry.sensitivity?.places.map(({ pointer, rule }) => `${pointer} (${rule})`),
		}),
		response: present({
			digest: response?.digest ?? 'none',
			bytes: response?.bytes,
			isError: response?.isError,
			quarantined: entry.outcome === 'quarantined',
			effect: entry.screened?.effect,
			effectRule: entry.screened?.rule,
			effectObserved: entry.screened?.observed,
			masked: entry.masked,
			released: entry.released,
		}),
		validation: present({
			schema: entry.schemaValid === undefined ? 'no schema to hold it against' : entry.schemaValid,
			labels: entry.labels ?? [],
			findings: (entry.findings ?? []).map(
				({ rule, severity, pointer }) => `${rule} (${severity}) at ${pointer}`,
			),
			suppressed: entry.suppressed?.map(({ rule, count, reason }) => `${rule} (${String(count)}): ${reason}`),
		}),
		credentials: credentialLines(entry),
		outcome: present({
			outcome: entry.outcome,
			detail: entry.detail,
			touched: entry.touched?.map(touchedLine),
			decideMs: latency?.decide,
			approvalMs: latency?.approval,
			writeMs: latency?.write,
			upstreamMs: latency?.upstream,
			screenMs: latency?.screen,
		}),
	};
}

/** Who the server was: the state of RFC-007 and the facts beside it. */
function principalFactsOf({ principal }: AuditRecord): Readonly<Record<string, JsonValue | undefined>> {
	return {
		identity: principal && (principal.blocked ? `${principal.state}, FAILED` : principal.state),
		did: principal?.did,
		trustLevel: principal?.level && levelWords(principal.level),
		badge: principal?.badge,
		badgeId: principal?.jti,
		badgeIssuer: principal?.issuer,
		badgeCause: principal?.cause,
		keyProof: principal?.proof,
		keyThumbprint: principal?.keyThumbprint,
		binding: principal?.binding,
		identityPin: principal?.pin,
		identityErrors: principal !== undefined && principal.errors.length > 0 ? principal.errors : undefined,
	};
}

/** What tool authority (RFC-006) and the decision service said. */
function authorityFactsOf({ authority }: AuditRecord): Readonly<Record<string, JsonValue | undefined>> {
	const { override, at, obligations } = authority ?? {};
	return {
		authority: authority?.code,
		authorityCause: authority?.cause,
		authorityWhy: authority?.why,
		authorityAt: at && `${at.file}:${String(at.line)}`,
		authorityObserved: authority?.observed,
		authorityMode: authority?.mode,
		decisionId: authority?.decisionId,
		obligations: obligations?.map(({ type, met }) => `${type}: ${met ? 'met' : 'not met'}`),
		override: override && `${override.jti} of ${override.sub}: ${override.reason}`,
		callerBadge: authority?.callerBadge,
	};
}

/** Each secret by its name, and what is known of it besides. */
function credentialLines({ credentials = [], credentialFacts = [] }: AuditRecord): readonly string[] {
	return credentials.map(name => {
		const { issuedAt, expiresAt, scope } = credentialFacts.find(facts => facts.name === name) ?? {};
		const known = [
			...(issuedAt === undefined ? [] : [`since ${issuedAt}`]),
			...(expiresAt === undefined ? [] : [`until ${expiresAt}`]),
			...(scope === undefined ? [] : [`for ${scope}`]),
		];
		return known.length === 0 ? name : `${name} (${known.join(', ')})`;
	});
}

function touchedLine({ path, before, after }: TouchedFile): string {
	return before === after ? `${path}: ${before}, unchanged` : `${path}: ${before} to ${after}`;
}

function secretsIn({ findings = [] }: AuditRecord): readonly string[] {
	return findings.filter(({ kind }) => kind === 'secret').map(({ rule, pointer }) => `${pointer} (${rule})`);
}

function present(facts: Readonly<Record<string, JsonValue | undefined>>): Facts {
	return Object.fromEntries(
		Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
	);
}
